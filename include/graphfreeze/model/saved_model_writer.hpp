// SavedModelWriter: a graph as a directory that TensorFlow, TensorFlow Serving and Triton load.
//
//   saved_model.pb    one MetaGraph: the graph, its tags and signatures, the op that fills its tables
//   assets/           the files that tables are filled from
//
// A frozen graph has no variables: there is no variables/ beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/io/posix.hpp>
#include <graphfreeze/io/segment_writer.hpp>
#include <graphfreeze/io/segments.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/model/saved_model.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// What a SavedModel says beside its graph.
struct SavedModelParts {
  std::vector<std::string> tags = {"serve"};
  std::string tensorflow_version;
  std::vector<std::pair<std::string, std::string>> signatures;  // name, SignatureDef
  std::string init_op;                                          // node; empty: there is none
  std::vector<std::pair<std::string, std::string>> assets;      // tensor that holds the path, name of the file
};

// One entry of SignatureDef.inputs (field 1) or outputs (field 2), for signatures that are made.
inline std::string SignatureEntry(std::uint32_t field, std::string_view key, std::string_view tensor, DataType dtype, const Shape& shape) {
  std::string info, entry, out;
  wire::PutBytesField(&info, 1, tensor);
  wire::PutVarintField(&info, 2, static_cast<std::uint32_t>(dtype));
  wire::PutBytesField(&info, 3, shape.Serialize());
  wire::PutBytesField(&entry, 1, key);
  wire::PutBytesField(&entry, 2, info);
  wire::PutBytesField(&out, field, entry);
  return out;
}

namespace detail {

// The SavedModel message up to the bytes of the graph, and what comes behind them.
inline std::pair<std::string, std::string> AroundGraph(const SavedModelParts& parts, std::uint64_t graph_size) {
  std::string info;
  for (const std::string& tag : parts.tags) wire::PutBytesField(&info, 4, tag);
  if (!parts.tensorflow_version.empty()) wire::PutBytesField(&info, 5, parts.tensorflow_version);
  std::string before;
  wire::PutBytesField(&before, 1, info);
  wire::PutVarint(&before, wire::Key(2, wire::Type::kBytes));
  wire::PutVarint(&before, graph_size);

  std::string behind;
  const auto put_entry = [&](std::uint32_t field, std::string_view name, std::string_view value) {
    std::string entry;
    wire::PutBytesField(&entry, 1, name);
    wire::PutBytesField(&entry, 2, value);
    wire::PutBytesField(&behind, field, entry);
  };
  if (!parts.init_op.empty()) {  // where older loaders look
    std::string list, collection;
    wire::PutBytesField(&list, 1, parts.init_op);
    wire::PutBytesField(&collection, 1, list);
    put_entry(4, "saved_model_main_op", collection);
  }
  std::vector<std::pair<std::string, std::string>> signatures = parts.signatures;
  if (!parts.init_op.empty()) {
    signatures.emplace_back(kInitOpSignature, SignatureEntry(2, kInitOpSignature, parts.init_op, DataType::kInvalid, Shape::UnknownRank()));
  }
  std::sort(signatures.begin(), signatures.end());
  for (const auto& [name, signature] : signatures) put_entry(5, name, signature);
  for (const auto& [tensor, filename] : parts.assets) {
    std::string tensor_info, asset;
    wire::PutBytesField(&tensor_info, 1, tensor);
    wire::PutBytesField(&asset, 1, tensor_info);
    wire::PutBytesField(&asset, 2, filename);
    wire::PutBytesField(&behind, 6, asset);
  }

  std::string head;
  wire::PutVarintField(&head, 1, 1);  // schema version
  wire::PutVarint(&head, wire::Key(2, wire::Type::kBytes));
  wire::PutVarint(&head, before.size() + graph_size + behind.size());
  return {head + before, behind};
}

}  // namespace detail

// Writes the directory, which is made if it does not exist and must not hold a model yet. `open_asset` gives the bytes of
// an asset by its file name. saved_model.pb is written last: a directory that has one is complete.
template <typename OpenAsset>
absl::Status WriteSavedModel(const SegmentList& graph, const SavedModelParts& parts, std::string_view directory, OpenAsset&& open_asset,
                             const WriteOptions& options = {}) {
  const auto [before, behind] = detail::AroundGraph(parts, graph.size());
  if (before.size() + graph.size() + behind.size() > wire::kMaxMessageBytes) {
    return ResourceExhausted("the SavedModel would have ", before.size() + graph.size() + behind.size(),
                             " bytes; a protobuf message holds at most ", wire::kMaxMessageBytes);
  }
  const auto write = [&](const SegmentList& bytes, const std::string& path) -> absl::Status {
    GRAPHFREEZE_ASSIGN_OR_RETURN(posix::AtomicFile file, posix::AtomicFile::Create(path));
    GRAPHFREEZE_RETURN_IF_ERROR(WriteSegments(bytes, &file, options, /*verify=*/false, nullptr));
    return file.Commit();
  };
  GRAPHFREEZE_RETURN_IF_ERROR(posix::MakeDirectories(directory));
  GRAPHFREEZE_ASSIGN_OR_RETURN(const std::vector<std::string> names, posix::ListDirectory(directory));
  for (const std::string& name : names) {
    if (name.compare(0, 12, "saved_model.") == 0 || name == "variables") {
      return FailedPrecondition("'", directory, "' holds a model already (", name, "); name a directory that does not");
    }
  }
  std::vector<std::string_view> written;
  for (const auto& asset : parts.assets) {
    if (std::find(written.begin(), written.end(), asset.second) != written.end()) continue;
    written.push_back(asset.second);
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Source source, open_asset(asset.second));
    SegmentList bytes;
    bytes.Append(ByteRange{source, 0, source.size()}, std::nullopt);
    bytes.Finish();
    const std::string path = Concat(directory, "/assets/", asset.second);
    GRAPHFREEZE_RETURN_IF_ERROR(posix::MakeDirectories(std::string_view(path).substr(0, path.rfind('/'))));
    GRAPHFREEZE_RETURN_IF_ERROR(write(bytes, path));
  }
  SegmentList model;
  model.AppendCopy(before);
  for (const Segment& segment : graph.segments()) {
    if (segment.source == Segment::kInMemory) {
      model.Append(segment.bytes());
    } else {
      model.Append(ByteRange{graph.source(segment.source), segment.offset, segment.size}, std::nullopt);
    }
  }
  model.AppendCopy(behind);
  model.Finish();
  return write(model, Concat(directory, "/saved_model.pb"));
}

GRAPHFREEZE_NAMESPACE_END
