// What the files of this addon share. The JavaScript half (index.js) checks every argument before it
// comes here; this half owns memory and calls libhs.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#if !__has_include(<hs.h>)
#error "libhs headers not found: install libhyperscan-dev (Debian, Ubuntu) or the hyperscan package"
#endif
#include <hs.h>

/// A database is shared by the Database object and every Scanner made from it; the last one frees it.
using SharedDatabase = std::shared_ptr<hs_database_t>;

/// The widest vector libhs loads.
constexpr size_t kVectorBytes = 64;

/// The elements of a typed array. Valid until JavaScript detaches the buffer.
template <typename T>
struct Span {
  T* data;
  size_t length;
};

template <typename T>
Span<T> SpanOf(napi_env env, napi_value array) {
  static std::remove_const_t<T> none[1];
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, array, nullptr, &length, &data, nullptr, nullptr);
  // libhs refuses a null pointer even for no bytes.
  return {data == nullptr ? none : static_cast<T*>(data), length};
}

const char* Reason(hs_error_t error);
Napi::Value Throw(Napi::Env env, const char* action, hs_error_t error);

struct Core;

/// The matches of one call, written as [region, id, from, to] while there is room, counted always.
struct Matches {
  uint32_t* out;
  size_t capacity;
  uint32_t region = 0, count = 0;
  /// Set while joined regions are scanned: `region` is the first of them.
  Core* joined = nullptr;

  explicit Matches(Span<uint32_t> words) : out(words.data), capacity(words.length / 4) {}
  static int Add(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void* self);
};

/// The number of matches, or a JavaScript exception.
Napi::Value Result(Napi::Env env, const char* action, hs_error_t error, const Matches& matches);

/// The databases and scratch space of a Scanner; its open streams keep it alive too.
struct Core {
  explicit Core(std::vector<SharedDatabase> list) : databases(std::move(list)) {}
  ~Core();
  /// Scratch big enough for every database.
  hs_error_t Prepare();
  /// `data`, or a copy of it when libhs could touch an unmapped page behind it. Null: out of memory.
  const char* Readable(const char* data, size_t length);
  /// Room for a copy of `length` bytes with slack behind it, until the next call. Null: out of memory.
  char* Reserve(size_t length);

  std::vector<SharedDatabase> databases;
  hs_scratch_t* scratch = nullptr;
  size_t scratch_bytes = 0;
  char* copy = nullptr;
  size_t copy_size = 0;
  /// Database whose regions are joined, where each of them ends in the joined text, and by pattern the
  /// number of the region it was told for last.
  uint32_t joined = UINT32_MAX;
  std::vector<uint32_t> ends;
  std::vector<uint64_t> told;
  uint64_t regions_joined = 1;
};

/// new Database(bytes) loads a serialised one, new Database(bytes, table, mode) compiles.
class Database : public Napi::ObjectWrap<Database> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Database(const Napi::CallbackInfo& info);
  ~Database() override;
  const SharedDatabase& shared() const { return database_; }

 private:
  hs_error_t Load(const Napi::CallbackInfo& info, hs_database_t** database);
  hs_error_t Compile(const Napi::CallbackInfo& info, hs_database_t** database);
  Napi::Value Serialize(const Napi::CallbackInfo& info);
  Napi::Value Info(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo&) { Release(); }
  void Release();

  SharedDatabase database_;
  size_t bytes_ = 0;
};

/// new Scanner([database or null, ...], joined database or -1, number of its patterns). Its property `scan` is the hot path: see scanner.cc.
class Scanner : public Napi::ObjectWrap<Scanner> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Scanner(const Napi::CallbackInfo& info);
  ~Scanner() override;
  const std::shared_ptr<Core>& core() const { return core_; }

 private:
  static napi_value Scan(napi_env env, napi_callback_info info);
  bool Holds(const uint32_t* region) const { return uint64_t{region[1]} + region[2] <= memory_.length; }
  hs_error_t ScanJoined(const uint32_t* regions, uint32_t count, Matches* matches);
  void Bind(const Napi::CallbackInfo& info);
  Napi::Value ScanVector(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo&) { Release(); }
  void Release();

  std::shared_ptr<Core> core_;
  Span<const char> memory_{nullptr, 0};
  Span<const uint32_t> regions_{nullptr, 0};
  Span<uint32_t> out_{nullptr, 0};
};

/// new Stream(scanner, index).
class Stream : public Napi::ObjectWrap<Stream> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Stream(const Napi::CallbackInfo& info);
  ~Stream() override;

 private:
  Napi::Value Write(const Napi::CallbackInfo& info);
  Napi::Value Reset(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  hs_error_t Free(hs_scratch_t* scratch, Matches* matches);

  std::shared_ptr<Core> core_;
  hs_stream_t* stream_ = nullptr;
  size_t bytes_ = 0;
};
