// TensorStore: where values of variables come from, whatever that is: a checkpoint, or tensors that the caller has.
// StoreWatch: what a piece of work asked a store, and whose values it read: all that its result depends on.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>
#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/stable_hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

class StoreWatch;

// Cheap to copy. Safe to read from several threads at once.
class TensorStore {
 public:
  struct Info {
    DataType dtype = DataType::kInvalid;
    Shape shape;

    friend bool operator==(const Info& a, const Info& b) { return a.dtype == b.dtype && a.shape == b.shape; }
  };

  TensorStore() = default;  // no tensors

  // A checkpoint that is open (a CheckpointReader is one).
  explicit TensorStore(Checkpoint checkpoint) : impl_(std::make_shared<const FromCheckpoint>(std::move(checkpoint))) {}
  // Tensors by key. Their views keep their bytes alive.
  explicit TensorStore(std::map<std::string, TensorView, std::less<>> tensors)
      : impl_(std::make_shared<const FromMap>(std::move(tensors))) {}
  // Any range of (key, TensorView) pairs; of a key that comes twice the first counts.
  template <typename Range>
  static TensorStore Of(const Range& tensors) {
    std::map<std::string, TensorView, std::less<>> map;
    for (const auto& [key, tensor] : tensors) map.emplace(std::string(key), tensor);
    return TensorStore(std::move(map));
  }

  explicit operator bool() const { return impl_ != nullptr; }
  // For messages.
  std::string name() const { return impl_ ? impl_->name() : std::string("no checkpoint"); }
  // The prefix of the checkpoint; empty for tensors of the caller's.
  std::string_view path() const { return impl_ ? impl_->path() : std::string_view(); }
  std::optional<Info> Find(std::string_view key) const { return impl_ ? impl_->Find(key) : std::nullopt; }
  // Sorted.
  std::vector<std::string_view> keys() const { return impl_ ? impl_->keys() : std::vector<std::string_view>(); }
  // The tensor, or the part of it that `slice` says. No weight is read.
  absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const {
    if (!impl_) return NotFound("there is no checkpoint to take '", key, "' from");
    return impl_->Locate(key, slice);
  }
  // What Locate will give; nothing but the index is read.
  absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const {
    if (!impl_) return NotFound("there is no checkpoint to take '", key, "' from");
    return impl_->Measure(key, slice);
  }
  // The same tensors; `watch` is told of every question, and of every weight whose bytes are read.
  TensorStore Watched(std::shared_ptr<StoreWatch> watch) const;

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::string name() const = 0;
    virtual std::string_view path() const = 0;
    virtual std::optional<Info> Find(std::string_view key) const = 0;
    virtual std::vector<std::string_view> keys() const = 0;
    virtual absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const = 0;
    virtual absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const = 0;
  };

  struct FromCheckpoint final : Interface {
    explicit FromCheckpoint(Checkpoint c) : reader(std::move(c)) {}
    std::string name() const override { return Concat("checkpoint '", reader.prefix(), "'"); }
    std::string_view path() const override { return reader.prefix(); }
    std::optional<Info> Find(std::string_view key) const override {
      const auto* entry = reader.Find(key);
      if (entry == nullptr) return std::nullopt;
      return Info{entry->dtype, entry->shape};
    }
    std::vector<std::string_view> keys() const override {
      std::vector<std::string_view> all;
      for (const auto& entry : reader.keys()) all.push_back(entry.key);
      return all;
    }
    absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const override {
      return reader.Locate(key, slice);
    }
    absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const override {
      return reader.Measure(key, slice);
    }
    Checkpoint reader;
  };

  struct FromMap final : Interface {
    explicit FromMap(std::map<std::string, TensorView, std::less<>> t) : tensors(std::move(t)) {}
    std::string name() const override { return "the tensors of the caller"; }
    std::string_view path() const override { return {}; }
    std::optional<Info> Find(std::string_view key) const override {
      const auto it = tensors.find(key);
      if (it == tensors.end()) return std::nullopt;
      return Info{it->second.dtype(), it->second.shape()};
    }
    std::vector<std::string_view> keys() const override {
      std::vector<std::string_view> all;
      for (const auto& [key, tensor] : tensors) all.push_back(key);
      return all;
    }
    absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const override {
      const auto it = tensors.find(key);
      if (it == tensors.end()) return NotFound("the caller gave no tensor '", key, "'");
      if (!slice.extents().empty()) {
        return Unimplemented("'", key, "' is wanted in part (", slice.ToString(), "), but the caller gave it whole; ",
                             "give the parts under the names of the variables");
      }
      return ToRef(it->second);
    }
    absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const override {
      GRAPHFREEZE_ASSIGN_OR_RETURN(TensorRef ref, Locate(key, slice));
      std::uint64_t bytes = ref.size();
      if (ref.string_value) {
        for (std::string_view s : ref.string_value->strings()) bytes += 1 + wire::VarintSize(s.size()) + s.size();
      }
      return TensorMeasure{ref.dtype, std::move(ref.shape), bytes, 0};
    }
    std::map<std::string, TensorView, std::less<>> tensors;
  };
  struct FromWatched;

  explicit TensorStore(std::shared_ptr<const Interface> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Interface> impl_;

 public:
  // A tensor in memory as a reference to itself.
  static TensorRef ToRef(const TensorView& tensor) {
    TensorRef ref;
    ref.dtype = tensor.dtype();
    ref.shape = tensor.shape();
    if (tensor.dtype() == DataType::kString) {
      ref.string_value = std::make_shared<const TensorView>(tensor);
    } else {
      const Source source = Source::Share(tensor.bytes(), tensor.owner(), "tensor");
      ref.pieces.push_back({source, 0, tensor.bytes().size()});
    }
    return ref;
  }
};

// Work that gets the same answers to `questions()`, the same values of `readings()` and, if it `listed()` them, the same
// keys, has the same result. May be told from several threads at once.
class StoreWatch {
 public:
  struct Question {
    std::string key;
    std::optional<TensorStore::Info> answer;  // none: the store has no such key
  };
  struct Reading {
    std::string key;
    TensorSlice slice;
  };

  // By key, each once.
  std::vector<Question> questions() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Question> all;
    all.reserve(questions_.size());
    for (const auto& [key, answer] : questions_) all.push_back({key, answer});
    return all;
  }
  // By key.
  std::vector<Reading> readings() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Reading> all;
    for (const HandedOut& handed : handed_) {
      if (handed.read->load(std::memory_order_relaxed)) all.push_back({handed.key, handed.slice});
    }
    std::stable_sort(all.begin(), all.end(), [](const Reading& a, const Reading& b) { return a.key < b.key; });
    return all;
  }
  // True if somebody asked for all keys.
  bool listed() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return listed_;
  }

  void Asked(std::string_view key, const std::optional<TensorStore::Info>& answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = questions_.lower_bound(key);
    if (it == questions_.end() || it->first != key) questions_.emplace_hint(it, std::string(key), answer);
  }
  void Listed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    listed_ = true;
  }
  // What was handed out without its bytes having been looked at, or with; who looks at them later says so.
  std::shared_ptr<std::atomic<bool>> HandOut(std::string_view key, const TensorSlice& slice, bool read) {
    auto flag = std::make_shared<std::atomic<bool>>(read);
    const std::lock_guard<std::mutex> lock(mutex_);
    handed_.push_back({std::string(key), slice, flag});
    return flag;
  }

 private:
  struct HandedOut {
    std::string key;
    TensorSlice slice;
    std::shared_ptr<std::atomic<bool>> read;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::optional<TensorStore::Info>, std::less<>> questions_;
  std::vector<HandedOut> handed_;
  bool listed_ = false;
};

struct TensorStore::FromWatched final : TensorStore::Interface {
  // Bytes that tell when they are looked at.
  struct Bytes final : SourceInterface {
    Bytes(Source source, std::shared_ptr<std::atomic<bool>> flag) : of(std::move(source)), read(std::move(flag)) {}
    std::uint64_t size() const override { return of.size(); }
    std::string_view view() const override {
      read->store(true, std::memory_order_relaxed);
      return of.has_view() ? of.view() : std::string_view();
    }
    absl::Status Read(absl::Span<const RangeRead> ranges) const override {
      read->store(true, std::memory_order_relaxed);
      return of.Read(ranges);
    }
    Source of;
    std::shared_ptr<std::atomic<bool>> read;
  };

  FromWatched(TensorStore store, std::shared_ptr<StoreWatch> by) : of(std::move(store)), watch(std::move(by)) {}
  std::string name() const override { return of.name(); }
  std::string_view path() const override { return of.path(); }
  std::optional<Info> Find(std::string_view key) const override {
    std::optional<Info> info = of.Find(key);
    watch->Asked(key, info);
    return info;
  }
  std::vector<std::string_view> keys() const override {
    watch->Listed();
    return of.keys();
  }
  absl::StatusOr<TensorRef> Locate(std::string_view key, const TensorSlice& slice) const override {
    watch->Asked(key, of.Find(key));
    absl::StatusOr<TensorRef> ref = of.Locate(key, slice);
    // Strings are read already, and an error may come of what was.
    const std::shared_ptr<std::atomic<bool>> read = watch->HandOut(key, slice, !ref.ok() || ref->string_value != nullptr);
    if (!ref.ok()) return ref;
    for (ByteRange& piece : ref->pieces) {
      const std::string name(piece.source.name());
      piece.source = Source(std::make_shared<const Bytes>(std::move(piece.source), read), name);
    }
    return ref;
  }
  absl::StatusOr<TensorMeasure> Measure(std::string_view key, const TensorSlice& slice) const override {
    watch->Asked(key, of.Find(key));
    return of.Measure(key, slice);
  }

  TensorStore of;
  std::shared_ptr<StoreWatch> watch;
};

inline TensorStore TensorStore::Watched(std::shared_ptr<StoreWatch> watch) const {
  if (impl_ == nullptr) return *this;
  return TensorStore(std::make_shared<const FromWatched>(*this, std::move(watch)));
}

// A hash of the elements, which are read for it, of type and shape.
inline absl::StatusOr<std::uint64_t> HashOf(const TensorRef& tensor) {
  StableHash hash;
  hash.Number(static_cast<std::uint64_t>(tensor.dtype));
  for (const std::int64_t dim : tensor.shape.dims()) hash.Number(static_cast<std::uint64_t>(dim));
  if (tensor.string_value != nullptr) {
    for (const std::string_view text : tensor.string_value->strings()) hash.Text(text);
    return hash.value();
  }
  constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
  for (const ByteRange& piece : tensor.pieces) {
    const std::uint64_t step = piece.source.has_view() ? piece.size : kChunk;
    for (std::uint64_t at = 0; at < piece.size; at += step) {
      const std::uint64_t n = (std::min)(step, piece.size - at);
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, piece.source.Load(piece.offset + at, n));
      hash.Add(bytes.bytes);
    }
  }
  return hash.value();
}

GRAPHFREEZE_NAMESPACE_END
