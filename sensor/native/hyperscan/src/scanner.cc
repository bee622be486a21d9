// Scanning blocks. `scan(count)`, the hot path, is a bare Node-API function that carries its Scanner
// as data and reads arrays bound beforehand: 20 ns a call, where passing three typed arrays each time
// takes 110 (see NOTES.md).
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "binding.h"

int Matches::Add(unsigned id, unsigned long long from, unsigned long long to, unsigned, void* self) {
  auto* matches = static_cast<Matches*>(self);
  uint32_t region = matches->region;
  if (Core* core = matches->joined; core != nullptr) {
    const auto end = std::lower_bound(core->ends.begin(), core->ends.end(), to);
    const uint64_t number = core->regions_joined + (end - core->ends.begin());
    if (id < core->told.size() && std::exchange(core->told[id], number) == number) return 0;
    region += static_cast<uint32_t>(end - core->ends.begin());
    to -= end == core->ends.begin() ? 1 : *(end - 1);
    from = 0;
  }
  const uint32_t at = matches->count++;
  if (at < matches->capacity) {
    uint32_t* words = matches->out + size_t{4} * at;
    words[0] = region;
    words[1] = id;
    words[2] = static_cast<uint32_t>(from);
    words[3] = static_cast<uint32_t>(to);
  }
  return 0;
}

Core::~Core() {
  hs_free_scratch(scratch);
  free(copy);
}

hs_error_t Core::Prepare() {
  for (const SharedDatabase& database : databases) {
    if (database == nullptr) continue;
    const hs_error_t error = hs_alloc_scratch(database.get(), &scratch);
    if (error != HS_SUCCESS) return error;
  }
  return scratch == nullptr ? HS_SUCCESS : hs_scratch_size(scratch, &scratch_bytes);
}

char* Core::Reserve(size_t length) {
  if (copy_size < length + kVectorBytes) {
    free(copy);
    copy = static_cast<char*>(malloc(length + kVectorBytes));
    copy_size = copy == nullptr ? 0 : length + kVectorBytes;
  }
  return copy;
}

// libhs 5.4 on CPUs with AVX512-VBMI may load a vector that begins inside the data and ends behind it
// ("fat teddy"; VectorCamp/vectorscan issue 322). That crashes when the data ends a page and the next
// one is not mapped, as behind the end of a WebAssembly memory. Such data is scanned from a copy.
const char* Core::Readable(const char* data, size_t length) {
  constexpr uintptr_t kPage = 4096;
  const uintptr_t last = reinterpret_cast<uintptr_t>(data) + length - 1;
  if (length == 0 || last % kPage < kPage - kVectorBytes) return data;
  return Reserve(length) == nullptr ? nullptr : static_cast<char*>(memcpy(copy, data, length));
}

Napi::Function Scanner::Define(Napi::Env env) {
  return DefineClass(env, "Scanner",
                     {InstanceMethod<&Scanner::Bind>("bind"), InstanceMethod<&Scanner::Close>("close"),
                      InstanceMethod<&Scanner::ScanVector>("scanVector")});
}

Scanner::Scanner(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Scanner>(info) {
  const Napi::Env env = info.Env();
  const auto list = info[0].As<Napi::Array>();
  std::vector<SharedDatabase> databases(list.Length());
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value item = list.Get(i);
    if (!item.IsObject()) continue;
    const Database* database = Database::Unwrap(item.As<Napi::Object>());
    if (database == nullptr) return;  // the thread is being terminated
    databases[i] = database->shared();
  }
  auto core = std::make_shared<Core>(std::move(databases));
  if (const hs_error_t error = core->Prepare(); error != HS_SUCCESS) {
    Throw(env, "allocate scratch space", error);
    return;
  }
  core->joined = info[1].As<Napi::Number>().Uint32Value();
  core->told.resize(info[2].As<Napi::Number>().Uint32Value());
  core_ = std::move(core);
  Napi::MemoryManagement::AdjustExternalMemory(env, static_cast<int64_t>(core_->scratch_bytes));

  napi_value scan = nullptr;
  if (napi_create_function(env, "scan", NAPI_AUTO_LENGTH, Scan, this, &scan) != napi_ok) return;
  // Whoever holds the function holds the Scanner it points to.
  Napi::Value(env, scan).As<Napi::Object>().Set("scanner", info.This());
  info.This().As<Napi::Object>().Set("scan", Napi::Value(env, scan));
}

Scanner::~Scanner() { Release(); }

void Scanner::Release() {
  if (core_ == nullptr) return;
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -static_cast<int64_t>(core_->scratch_bytes));
  core_ = nullptr;
}

void Scanner::Bind(const Napi::CallbackInfo& info) {
  memory_ = SpanOf<const char>(info.Env(), info[0]);
  regions_ = SpanOf<const uint32_t>(info.Env(), info[1]);
  out_ = SpanOf<uint32_t>(info.Env(), info[2]);
}

// Scans regions as one text with a border around each: a byte that UTF-8 never has. A match belongs to the
// region it ends in or right behind; a pattern is told once for each region.
hs_error_t Scanner::ScanJoined(const uint32_t* regions, uint32_t count, Matches* matches) {
  constexpr char kBorder = '\xff';
  size_t total = 1;
  for (uint32_t i = 0; i < count; i++) total += size_t{regions[size_t{3} * i + 2]} + 1;
  char* text = total > UINT32_MAX ? nullptr : core_->Reserve(total);
  if (text == nullptr) return HS_NOMEM;
  size_t at = 0;
  text[at++] = kBorder;
  core_->ends.clear();
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t length = regions[size_t{3} * i + 2];
    memcpy(text + at, memory_.data + regions[size_t{3} * i + 1], length);
    at += length;
    text[at++] = kBorder;
    core_->ends.push_back(static_cast<uint32_t>(at));
  }
  matches->joined = core_.get();
  const hs_error_t error = hs_scan(core_->databases[core_->joined].get(), text, static_cast<unsigned>(at), 0,
                                   core_->scratch, Matches::Add, matches);
  matches->joined = nullptr;
  core_->regions_joined += count;
  return error;
}

// Scans the first `count` regions of the bound table; returns the number of matches.
napi_value Scanner::Scan(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argument = nullptr, result = nullptr;
  void* data = nullptr;
  uint32_t count = 0;
  napi_get_cb_info(env, info, &argc, &argument, nullptr, &data);
  napi_get_value_uint32(env, argument, &count);
  auto* self = static_cast<Scanner*>(data);
  Core* core = self->core_.get();
  if (core == nullptr || count > self->regions_.length / 3) return Throw(env, "scan", HS_INVALID);
  Matches matches(self->out_);

  for (uint32_t i = 0; i < count; i++) {
    const uint32_t* region = self->regions_.data + size_t{3} * i;
    const uint32_t index = region[0], offset = region[1], length = region[2];
    if (index >= core->databases.size() || !self->Holds(region)) {
      const std::string text = "region " + std::to_string(i) + " is outside of memory or names no database";
      Napi::RangeError::New(env, text).ThrowAsJavaScriptException();
      return nullptr;
    }
    const hs_database_t* database = core->databases[index].get();
    if (database == nullptr) continue;
    matches.region = i;
    hs_error_t error = HS_NOMEM;
    if (index == core->joined) {
      uint32_t run = 1;
      while (i + run < count && region[size_t{3} * run] == index && self->Holds(region + size_t{3} * run)) run++;
      error = self->ScanJoined(region, run, &matches);
      i += run - 1;
    } else if (const char* bytes = core->Readable(self->memory_.data + offset, length); bytes != nullptr) {
      error = hs_scan(database, bytes, length, 0, core->scratch, Matches::Add, &matches);
    }
    if (error != HS_SUCCESS) return Throw(env, "scan", error);
  }
  napi_create_uint32(env, matches.count, &result);
  return result;
}

// (index, pieces, out). The pieces are copied behind one another: see Readable. The array is one that
// index.js has made itself, so reading it runs no foreign code that could detach a buffer.
Napi::Value Scanner::ScanVector(const Napi::CallbackInfo& info) {
  const hs_database_t* database = core_->databases[info[0].As<Napi::Number>().Uint32Value()].get();
  const auto list = info[1].As<Napi::Array>();
  std::vector<const char*> pieces(list.Length());
  std::vector<unsigned> lengths(list.Length());
  size_t total = 0;
  for (uint32_t i = 0; i < pieces.size(); i++) {
    const auto piece = SpanOf<const char>(info.Env(), list.Get(i));
    pieces[i] = piece.data;
    lengths[i] = static_cast<unsigned>(piece.length);
    total += piece.length;
  }
  Matches matches(SpanOf<uint32_t>(info.Env(), info[2]));
  char* copy = core_->Reserve(total);
  if (copy == nullptr) return Throw(info.Env(), "scan", HS_NOMEM);
  for (size_t i = 0; i < pieces.size(); i++) {
    pieces[i] = static_cast<char*>(memcpy(copy, pieces[i], lengths[i]));
    copy += lengths[i];
  }
  const hs_error_t error = hs_scan_vector(database, pieces.data(), lengths.data(),
                                          static_cast<unsigned>(pieces.size()), 0, core_->scratch,
                                          Matches::Add, &matches);
  return Result(info.Env(), "scan", error, matches);
}
