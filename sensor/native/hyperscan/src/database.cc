// Compiling, saving and loading databases.
#include <cmath>
#include <cstdlib>

#include "binding.h"

Napi::Function Database::Define(Napi::Env env) {
  return DefineClass(env, "Database",
                     {InstanceMethod<&Database::Serialize>("serialize"),
                      InstanceMethod<&Database::Info>("info"), InstanceMethod<&Database::Close>("close")});
}

Database::Database(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Database>(info) {
  hs_database_t* database = nullptr;
  if ((info.Length() == 1 ? Load(info, &database) : Compile(info, &database)) != HS_SUCCESS) return;
  database_ = SharedDatabase(database, hs_free_database);
  hs_database_size(database, &bytes_);
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), static_cast<int64_t>(bytes_));
}

Database::~Database() { Release(); }

void Database::Release() {
  if (database_ == nullptr) return;
  database_ = nullptr;
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -static_cast<int64_t>(bytes_));
}

hs_error_t Database::Load(const Napi::CallbackInfo& info, hs_database_t** database) {
  const auto bytes = SpanOf<const char>(info.Env(), info[0]);
  const hs_error_t error = hs_deserialize_database(bytes.data, bytes.length, database);
  if (error != HS_SUCCESS) Throw(info.Env(), "deserialize", error);
  return error;
}

// Arguments: the NUL-terminated expressions one after the other; a row of kColumns numbers for each
// (offset, flags, id, then the extended parameters, NaN where not set); the mode bits.
hs_error_t Database::Compile(const Napi::CallbackInfo& info, hs_database_t** database) {
  constexpr size_t kColumns = 8;
  const auto text = SpanOf<const char>(info.Env(), info[0]);
  const auto table = SpanOf<const double>(info.Env(), info[1]);
  const auto count = static_cast<unsigned>(table.length / kColumns);
  std::vector<const char*> expressions(count);
  std::vector<unsigned> flags(count), ids(count);
  std::vector<hs_expr_ext_t> extended(count);
  std::vector<const hs_expr_ext_t*> extended_list(count);

  for (unsigned i = 0; i < count; i++) {
    const double* row = table.data + i * kColumns;
    expressions[i] = text.data + static_cast<size_t>(row[0]);
    flags[i] = static_cast<unsigned>(row[1]);
    ids[i] = static_cast<unsigned>(row[2]);
    hs_expr_ext_t& ext = extended[i];
    const auto set = [&](double value, unsigned long long flag, auto* field) {
      if (std::isnan(value)) return;
      ext.flags |= flag;
      *field = static_cast<std::remove_pointer_t<decltype(field)>>(value);
    };
    set(row[3], HS_EXT_FLAG_MIN_OFFSET, &ext.min_offset);
    set(row[4], HS_EXT_FLAG_MAX_OFFSET, &ext.max_offset);
    set(row[5], HS_EXT_FLAG_MIN_LENGTH, &ext.min_length);
    set(row[6], HS_EXT_FLAG_EDIT_DISTANCE, &ext.edit_distance);
    set(row[7], HS_EXT_FLAG_HAMMING_DISTANCE, &ext.hamming_distance);
    extended_list[i] = ext.flags == 0 ? nullptr : &ext;
  }

  hs_compile_error_t* failure = nullptr;
  const hs_error_t error =
      hs_compile_ext_multi(expressions.data(), flags.data(), ids.data(), extended_list.data(), count,
                           info[2].As<Napi::Number>().Uint32Value(), nullptr, database, &failure);
  if (error != HS_SUCCESS) {
    Napi::Error thrown = Napi::Error::New(info.Env(), failure ? failure->message : Reason(error));
    thrown.Set("index", Napi::Number::New(info.Env(), failure ? failure->expression : -1));
    thrown.ThrowAsJavaScriptException();
    hs_free_compile_error(failure);
  }
  return error;
}

Napi::Value Database::Serialize(const Napi::CallbackInfo& info) {
  char* bytes = nullptr;
  size_t length = 0;
  const hs_error_t error = hs_serialize_database(database_.get(), &bytes, &length);
  if (error != HS_SUCCESS) return Throw(info.Env(), "serialize", error);
  const auto copy = Napi::Buffer<char>::Copy(info.Env(), bytes, length);
  free(bytes);
  return copy;
}

Napi::Value Database::Info(const Napi::CallbackInfo& info) {
  char* text = nullptr;
  const hs_error_t error = hs_database_info(database_.get(), &text);
  if (error != HS_SUCCESS) return Throw(info.Env(), "info", error);
  size_t stream_bytes = 0;
  hs_stream_size(database_.get(), &stream_bytes);  // stays 0 in the other modes
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("text", text);
  result.Set("bytes", Napi::Number::New(info.Env(), static_cast<double>(bytes_)));
  result.Set("streamBytes", Napi::Number::New(info.Env(), static_cast<double>(stream_bytes)));
  free(text);
  return result;
}
