// The names of the public types, for headers that mention them and include nothing else.
//
//   #include <graphfreeze/fwd.hpp>
//   class ModelCache {
//     std::unique_ptr<graphfreeze::FrozenGraph> current_;   // model_cache.cpp includes freezer.hpp
//   };
//
// Include this rather than declare the types by hand: they live in an inline namespace that carries versions.
// Passes and handlers are not here: they are values, made where their headers are needed anyway.
#pragma once

#include <cstdint>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

// freezer.hpp
class FreezePlan;
class Freezer;
class FrozenGraph;
struct FreezeEstimate;
struct FreezeReport;
struct BoundAsset;
struct TensorInfo;

// checkpoint/checkpoint_reader.hpp, checkpoint/checkpoint_state.hpp, checkpoint/tensor_store.hpp
class Checkpoint;
template <typename Fs>
class CheckpointReader;  // LocalFileSystem, unless it is said
struct CheckpointEntry;
struct CheckpointOptions;
struct CheckpointState;
class TensorStore;

// tensor/
enum class DataType : std::int32_t;
class Shape;
struct TensorRef;
class TensorView;

// graph/
class AttrView;
class Body;
class Consumers;
struct Edge;
class Function;
class Graph;
class GraphView;
enum class NodeKind : std::uint8_t;
class NodeRef;
struct OpArg;
struct OpDef;
class OpRegistry;
struct Weight;

// model/
class GraphFile;
enum class GraphFileKind : std::uint8_t;
struct MetaGraph;
class SavedModel;
struct SaverDef;
struct Signature;
struct SignatureTensor;
struct TextOptions;
class VariableKeys;

// rewrite/
enum class Action : std::uint8_t;
class AnyHandlers;
class AnyPass;
class Evaluator;
template <typename... H>
class Handlers;
struct Limits;
class Matcher;
struct PassContext;
class Pattern;
struct ReportEntry;
class Rewriter;

// io/
class FileSystem;
struct LocalFileSystem;
class MemoryFileSystem;
struct ReadingFileSystem;
struct Segment;
class SegmentInputStream;
class SegmentList;
class Source;
struct WriteOptions;

GRAPHFREEZE_NAMESPACE_END
