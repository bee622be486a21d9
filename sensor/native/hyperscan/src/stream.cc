// Streams: matches across pieces that come one by one.
#include "binding.h"

Napi::Function Stream::Define(Napi::Env env) {
  return DefineClass(env, "Stream",
                     {InstanceMethod<&Stream::Write>("write"), InstanceMethod<&Stream::Reset>("reset"),
                      InstanceMethod<&Stream::Close>("close")});
}

Stream::Stream(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Stream>(info) {
  const Scanner* scanner = Scanner::Unwrap(info[0].As<Napi::Object>());
  if (scanner == nullptr) return;  // the thread is being terminated
  core_ = scanner->core();
  const hs_database_t* database = core_->databases[info[1].As<Napi::Number>().Uint32Value()].get();
  if (const hs_error_t error = hs_open_stream(database, 0, &stream_); error != HS_SUCCESS) {
    Throw(info.Env(), "open stream", error);
    return;
  }
  hs_stream_size(database, &bytes_);
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), static_cast<int64_t>(bytes_));
}

Stream::~Stream() {
  // Without a callback libhs needs no scratch space.
  if (stream_ != nullptr) Free(nullptr, nullptr);
}

hs_error_t Stream::Free(hs_scratch_t* scratch, Matches* matches) {
  const hs_error_t error =
      hs_close_stream(stream_, scratch, matches == nullptr ? nullptr : Matches::Add, matches);
  stream_ = nullptr;
  core_ = nullptr;
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -static_cast<int64_t>(bytes_));
  return error;
}

// (bytes, out)
Napi::Value Stream::Write(const Napi::CallbackInfo& info) {
  const auto bytes = SpanOf<const char>(info.Env(), info[0]);
  Matches matches(SpanOf<uint32_t>(info.Env(), info[1]));
  const char* data = core_->Readable(bytes.data, bytes.length);
  if (data == nullptr) return Throw(info.Env(), "write to stream", HS_NOMEM);
  const hs_error_t error = hs_scan_stream(stream_, data, static_cast<unsigned>(bytes.length), 0,
                                          core_->scratch, Matches::Add, &matches);
  return Result(info.Env(), "write to stream", error, matches);
}

// (out)
Napi::Value Stream::Reset(const Napi::CallbackInfo& info) {
  Matches matches(SpanOf<uint32_t>(info.Env(), info[0]));
  const hs_error_t error = hs_reset_stream(stream_, 0, core_->scratch, Matches::Add, &matches);
  return Result(info.Env(), "reset stream", error, matches);
}

// (out)
Napi::Value Stream::Close(const Napi::CallbackInfo& info) {
  Matches matches(SpanOf<uint32_t>(info.Env(), info[0]));
  const hs_error_t error = Free(core_->scratch, &matches);
  return Result(info.Env(), "close stream", error, matches);
}
