// TensorStore: where values of variables come from, whatever that is: a checkpoint, or tensors that the caller has.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/checkpoint_reader.hpp>
#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// Cheap to copy. Safe to read from several threads at once.
class TensorStore {
 public:
  struct Info {
    DataType dtype = DataType::kInvalid;
    Shape shape;
  };

  TensorStore() = default;  // no tensors

  // A checkpoint that is open (a CheckpointReader is one).
  explicit TensorStore(Checkpoint checkpoint) : impl_(std::make_shared<const FromCheckpoint>(std::move(checkpoint))) {}
  // Tensors by key. Their views keep their bytes alive.
  explicit TensorStore(std::map<std::string, TensorView, std::less<>> tensors)
      : impl_(std::make_shared<const FromMap>(std::move(tensors))) {}

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

GRAPHFREEZE_NAMESPACE_END
