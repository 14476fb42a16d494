// How stored slices make up a tensor: that they cover it exactly, and which runs of bytes go where.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <absl/types/span.h>

#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/shape.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// A stored slice, or a tensor that is stored whole.
struct StoredPart {
  Box box;                 // which part it is
  std::string_view proto;  // what the index says of it; each format has its own
  std::int32_t file = 0;   // the number of the file that it lies in
};

// An error unless the parts cover the shape with no overlap. REQUIRES: they lie inside it, and its elements can
// be counted. Parts are swept along the axis that separates them best; where no axis does, the number of pairs
// that are compared is bounded.
inline absl::Status CheckCoverage(const Shape& shape, absl::Span<const StoredPart> parts) {
  std::uint64_t elements = 1;
  for (const std::int64_t dim : shape.dims()) elements *= static_cast<std::uint64_t>(dim);
  std::uint64_t covered = 0;
  for (const StoredPart& part : parts) {
    const std::uint64_t n = static_cast<std::uint64_t>(part.box.NumElements());
    if (n > elements - covered) return DataLoss("its slices overlap");
    covered += n;
  }
  if (covered != elements) {
    return DataLoss("its ", parts.size(), " slices have ", covered, " of ", elements,
                    " elements; the others were not saved, or not merged");
  }
  if (parts.size() < 2 || elements == 0) return absl::OkStatus();

  std::size_t axis = 0, most = 0;
  std::vector<std::int64_t> starts(parts.size());
  for (std::size_t a = 0; a < shape.rank(); ++a) {
    for (std::size_t i = 0; i < parts.size(); ++i) starts[i] = parts[i].box.start[a];
    std::sort(starts.begin(), starts.end());
    const std::size_t distinct =
        static_cast<std::size_t>(std::unique(starts.begin(), starts.end()) - starts.begin());
    if (distinct > most) {
      most = distinct;
      axis = a;
    }
  }
  std::vector<const Box*> order;
  order.reserve(parts.size());
  for (const StoredPart& part : parts) order.push_back(&part.box);
  std::sort(order.begin(), order.end(), [axis](const Box* a, const Box* b) { return a->start[axis] < b->start[axis]; });
  std::vector<const Box*> open;
  std::uint64_t compared = 0;
  constexpr std::uint64_t kMaxCompared = std::uint64_t{1} << 26;
  for (const Box* box : order) {
    open.erase(std::remove_if(open.begin(), open.end(),
                              [&](const Box* other) { return other->end(axis) <= box->start[axis]; }),
               open.end());
    compared += open.size() * shape.rank();
    if (compared > kMaxCompared) return ResourceExhausted("its ", parts.size(), " slices are too many to check");
    for (const Box* other : open) {
      if (box->Overlaps(*other)) return DataLoss("its slices overlap");
    }
    open.push_back(box);
  }
  return absl::OkStatus();
}

// Where the bytes of stored parts go when `wanted` (a part of the same tensor) is laid out row-major.
class SliceCopier {
 public:
  SliceCopier(const Box& wanted, std::size_t element_size) : wanted_(wanted), element_size_(element_size) {}

  // The number of runs of bytes that go from `stored` to the wanted part; 0 if they do not overlap.
  std::uint64_t CountRuns(const Box& stored) const {
    Box common;
    if (!Intersect(stored, &common)) return 0;
    std::uint64_t runs = 1;
    for (std::size_t i = 0; i < RunAxis(stored, common); ++i) runs *= static_cast<std::uint64_t>(common.size[i]);
    return runs;
  }

  // Calls run(to, from, size) for each, all in bytes, `to` ascending: from the beginning of the wanted part, and
  // from the beginning of the stored one.
  template <typename Run>
  void ForEachRun(const Box& stored, Run&& run) const {
    Box common;
    if (!Intersect(stored, &common)) return;
    const std::size_t axis = RunAxis(stored, common);
    std::uint64_t size = element_size_;
    for (std::size_t i = axis; i < common.rank(); ++i) size *= static_cast<std::uint64_t>(common.size[i]);
    const Strides to_stride = StridesOf(wanted_), from_stride = StridesOf(stored);
    std::uint64_t to = 0, from = 0;
    for (std::size_t i = 0; i < common.rank(); ++i) {
      to += static_cast<std::uint64_t>(common.start[i] - wanted_.start[i]) * to_stride[i];
      from += static_cast<std::uint64_t>(common.start[i] - stored.start[i]) * from_stride[i];
    }
    Shape::Dims at(axis, 0);
    while (true) {
      run(to, from, size);
      std::size_t i = axis;
      while (i > 0 && ++at[i - 1] == common.size[i - 1]) {
        --i;
        at[i] = 0;
        to -= static_cast<std::uint64_t>(common.size[i] - 1) * to_stride[i];
        from -= static_cast<std::uint64_t>(common.size[i] - 1) * from_stride[i];
      }
      if (i == 0) return;
      to += to_stride[i - 1];
      from += from_stride[i - 1];
    }
  }

 private:
  using Strides = absl::InlinedVector<std::uint64_t, 4>;

  bool Intersect(const Box& stored, Box* common) const {
    for (std::size_t i = 0; i < wanted_.rank(); ++i) {
      const std::int64_t start = (std::max)(wanted_.start[i], stored.start[i]);
      const std::int64_t end = (std::min)(wanted_.end(i), stored.end(i));
      if (start >= end) return false;
      common->start.push_back(start);
      common->size.push_back(end - start);
    }
    return true;
  }

  // The axis from which on both sides are contiguous: a run takes all of `common` there and behind.
  std::size_t RunAxis(const Box& stored, const Box& common) const {
    std::size_t axis = common.rank();
    while (axis > 0) {
      --axis;
      if (common.size[axis] != wanted_.size[axis] || common.size[axis] != stored.size[axis]) break;
    }
    return axis;
  }

  Strides StridesOf(const Box& box) const {
    Strides strides(box.rank());
    std::uint64_t stride = element_size_;
    for (std::size_t i = box.rank(); i-- > 0;) {
      strides[i] = stride;
      stride *= static_cast<std::uint64_t>(box.size[i]);
    }
    return strides;
  }

  const Box& wanted_;
  std::size_t element_size_;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
