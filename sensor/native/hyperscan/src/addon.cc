// The module: its classes, the version of libhs and the CPU it compiles for.
#include "binding.h"

const char* Reason(hs_error_t error) {
  switch (error) {
    case HS_NOMEM: return "out of memory";
    case HS_DB_VERSION_ERROR: return "made by another version of libhs";
    case HS_DB_PLATFORM_ERROR: return "made for another CPU";
    case HS_DB_MODE_ERROR: return "the database was compiled in another mode";
    case HS_SCRATCH_IN_USE: return "scratch space is in use";
    case HS_ARCH_ERROR: return "this CPU lacks an instruction set libhs needs";
    default: return "refused by libhs";
  }
}

Napi::Value Throw(Napi::Env env, const char* action, hs_error_t error) {
  const std::string text = std::string(action) + ": " + Reason(error) + " (" + std::to_string(error) + ")";
  Napi::Error::New(env, text).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value Result(Napi::Env env, const char* action, hs_error_t error, const Matches& matches) {
  return error == HS_SUCCESS ? Napi::Number::New(env, matches.count) : Throw(env, action, error);
}

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  // Else the first call would end in an illegal instruction.
  if (hs_valid_platform() != HS_SUCCESS) {
    Throw(env, "load libhs", HS_ARCH_ERROR);
    return exports;
  }
  hs_platform_info_t platform{};
  hs_populate_platform(&platform);
  exports.Set("version", hs_version());
  exports.Set("tune", Napi::Number::New(env, platform.tune));
  exports.Set("cpuFeatures", Napi::Number::New(env, static_cast<double>(platform.cpu_features)));
  exports.Set("Database", Database::Define(env));
  exports.Set("Scanner", Scanner::Define(env));
  exports.Set("Stream", Stream::Define(env));
  return exports;
}

NODE_API_MODULE(hyperscan, Init)
