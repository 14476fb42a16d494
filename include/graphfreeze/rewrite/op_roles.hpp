// OpRole: what an op is to a graph that shall serve inference, told by its name. The passes that remove leftovers of
// training and the audit that looks for them read one table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/function_refs.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN

enum class OpRole : std::uint8_t {
  kOrdinary,     // none of the others
  kCheck,        // looks at values and changes none: asserts, prints, summaries, overflow flags, closing of queues
  kRandom,       // draws random numbers, or applies a random mask
  kVariable,     // holds a variable
  kRead,         // reads a variable or a table; or has state that nobody else sees
  kWrite,        // changes a variable
  kTable,        // holds a lookup table
  kIterator,     // hands out elements of a data set
  kDataset,      // makes or changes a data set
  kQueue,        // queues, barriers, staging areas, readers
  kCollective,   // speaks to other devices or processes
  kCheckpoint,   // saves or restores
  kPython,       // calls back into the process that built the graph
  kControlFlow,  // TF1's Switch, Merge and loop ops
};

namespace detail {

struct NamedRole {
  std::string_view name;
  OpRole role;
};

// Sorted. What ends in '*' stands for all that begin so; the longest entry wins.
inline constexpr NamedRole kOpRoles[] = {
    {"AccumulatorApplyGradient", OpRole::kWrite},
    {"AccumulatorSetGlobalStep", OpRole::kWrite},
    {"AccumulatorTakeGradient", OpRole::kWrite},
    {"AdpGetNext*", OpRole::kIterator},
    {"AllCandidateSampler", OpRole::kRandom},
    {"AllToAll", OpRole::kCollective},
    {"AnonymousHashTable", OpRole::kTable},
    {"AnonymousIterator*", OpRole::kIterator},
    {"AnonymousMultiDeviceIterator*", OpRole::kIterator},
    {"AnonymousMutable*", OpRole::kTable},
    {"ApplyAdaMax", OpRole::kWrite},
    {"ApplyAdadelta", OpRole::kWrite},
    {"ApplyAdagrad*", OpRole::kWrite},
    {"ApplyAdam*", OpRole::kWrite},
    {"ApplyAddSign", OpRole::kWrite},
    {"ApplyCenteredRMSProp", OpRole::kWrite},
    {"ApplyFtrl*", OpRole::kWrite},
    {"ApplyGradientDescent", OpRole::kWrite},
    {"ApplyMomentum", OpRole::kWrite},
    {"ApplyPowerSign", OpRole::kWrite},
    {"ApplyProximalAdagrad", OpRole::kWrite},
    {"ApplyProximalGradientDescent", OpRole::kWrite},
    {"ApplyRMSProp", OpRole::kWrite},
    {"Assert", OpRole::kCheck},
    {"Assign", OpRole::kWrite},
    {"AssignAdd*", OpRole::kWrite},
    {"AssignSub*", OpRole::kWrite},
    {"AssignVariable*", OpRole::kWrite},
    {"AudioSummary*", OpRole::kCheck},
    {"Barrier", OpRole::kQueue},
    {"BarrierClose", OpRole::kCheck},
    {"BarrierIncompleteSize", OpRole::kQueue},
    {"BarrierInsertMany", OpRole::kQueue},
    {"BarrierReadySize", OpRole::kQueue},
    {"BarrierTakeMany", OpRole::kQueue},
    {"CheckNumerics*", OpRole::kCheck},
    {"CloseSummaryWriter", OpRole::kCheck},
    {"Collective*", OpRole::kCollective},
    {"ConditionalAccumulator", OpRole::kVariable},
    {"CountUpTo", OpRole::kWrite},
    {"CreateSummaryDbWriter", OpRole::kCheck},
    {"CreateSummaryFileWriter", OpRole::kCheck},
    {"CrossReplicaSum", OpRole::kCollective},
    {"CudnnRNN*", OpRole::kRead},
    {"DebugIdentity*", OpRole::kCheck},
    {"DebugNanCount", OpRole::kCheck},
    {"DebugNumericSummary*", OpRole::kCheck},
    {"DeepCopy", OpRole::kRead},
    {"DeleteIterator", OpRole::kIterator},
    {"DeleteMultiDeviceIterator", OpRole::kIterator},
    {"DeserializeIterator", OpRole::kIterator},
    {"DestroyResourceOp", OpRole::kWrite},
    {"DestroyTemporaryVariable", OpRole::kWrite},
    {"DropOutDoMask*", OpRole::kRandom},
    {"DropOutGenMask*", OpRole::kRandom},
    {"DynamicGetNext*", OpRole::kIterator},
    {"EagerPyFunc", OpRole::kPython},
    {"Empty", OpRole::kRead},
    {"Enter", OpRole::kControlFlow},
    {"Exit", OpRole::kControlFlow},
    {"FIFOQueue*", OpRole::kQueue},
    {"FakeQueue", OpRole::kQueue},
    {"FixedLengthRecordReader*", OpRole::kQueue},
    {"FixedUnigramCandidateSampler", OpRole::kRandom},
    {"FlushSummaryWriter", OpRole::kCheck},
    {"GetNext", OpRole::kIterator},
    {"GuaranteeConst", OpRole::kRead},
    {"HashTable*", OpRole::kTable},
    {"Hcom*", OpRole::kCollective},
    {"HistogramSummary", OpRole::kCheck},
    {"Horovod*", OpRole::kCollective},
    {"IdentityReader*", OpRole::kQueue},
    {"ImageSummary*", OpRole::kCheck},
    {"ImportEvent", OpRole::kCheck},
    {"IsVariableInitialized", OpRole::kRead},
    {"Iterator*", OpRole::kIterator},
    {"LMDBReader", OpRole::kQueue},
    {"LearnedUnigramCandidateSampler", OpRole::kRandom},
    {"LogTimeStamp", OpRole::kCheck},
    {"LogUniformCandidateSampler", OpRole::kRandom},
    {"LookupTableExport*", OpRole::kRead},
    {"LookupTableFind*", OpRole::kRead},
    {"LookupTableSize*", OpRole::kRead},
    {"LoopCond", OpRole::kControlFlow},
    {"MakeIterator", OpRole::kIterator},
    {"MapStage", OpRole::kQueue},
    {"MapUnstage*", OpRole::kQueue},
    {"Merge", OpRole::kControlFlow},
    {"MergeSummary", OpRole::kCheck},
    {"MergeV2Checkpoints", OpRole::kCheckpoint},
    {"MultiDeviceIterator*", OpRole::kIterator},
    {"Multinomial", OpRole::kRandom},
    {"MutableDenseHashTable*", OpRole::kTable},
    {"MutableHashTable*", OpRole::kTable},
    {"Nccl*", OpRole::kCollective},
    {"NextIteration", OpRole::kControlFlow},
    {"NonDeterministicInts", OpRole::kRandom},
    {"NpuAllocFloatStatus*", OpRole::kCheck},
    {"NpuClearFloatStatus*", OpRole::kCheck},
    {"NpuGetFloatStatus*", OpRole::kCheck},
    {"OneShotIterator", OpRole::kIterator},
    {"OrderedMapStage", OpRole::kQueue},
    {"OrderedMapUnstage*", OpRole::kQueue},
    {"OutfeedEnqueueOp*", OpRole::kCheck},
    {"PaddingFIFOQueue*", OpRole::kQueue},
    {"ParameterizedTruncatedNormal", OpRole::kRandom},
    {"Print*", OpRole::kCheck},
    {"PriorityQueue*", OpRole::kQueue},
    {"PyFunc*", OpRole::kPython},
    {"Queue*", OpRole::kQueue},
    {"QueueClose*", OpRole::kCheck},
    {"QueueData", OpRole::kIterator},
    {"RandomCrop", OpRole::kRandom},
    {"RandomGamma", OpRole::kRandom},
    {"RandomPoisson*", OpRole::kRandom},
    {"RandomShuffle", OpRole::kRandom},
    {"RandomShuffleQueue*", OpRole::kQueue},
    {"RandomStandardNormal", OpRole::kRandom},
    {"RandomUniform*", OpRole::kRandom},
    {"ReadVariableOp", OpRole::kRead},
    {"ReaderRead*", OpRole::kQueue},
    {"RecordInput", OpRole::kQueue},
    {"RefEnter", OpRole::kControlFlow},
    {"RefExit", OpRole::kControlFlow},
    {"RefIdentity", OpRole::kRead},
    {"RefMerge", OpRole::kControlFlow},
    {"RefNextIteration", OpRole::kControlFlow},
    {"RefSelect", OpRole::kRead},
    {"RefSwitch", OpRole::kControlFlow},
    {"ResourceApply*", OpRole::kWrite},
    {"ResourceConditionalAccumulator", OpRole::kVariable},
    {"ResourceCountUpTo", OpRole::kWrite},
    {"ResourceGather*", OpRole::kRead},
    {"ResourceScatter*", OpRole::kWrite},
    {"ResourceSparseApply*", OpRole::kWrite},
    {"ResourceStridedSliceAssign", OpRole::kWrite},
    {"Restore*", OpRole::kCheckpoint},
    {"RngReadAndSkip", OpRole::kRandom},
    {"RngSkip", OpRole::kRandom},
    {"SampleDistortedBoundingBox*", OpRole::kRandom},
    {"Save", OpRole::kCheckpoint},
    {"SaveSlices", OpRole::kCheckpoint},
    {"SaveV2", OpRole::kCheckpoint},
    {"ScalarSummary", OpRole::kCheck},
    {"ScatterAdd", OpRole::kWrite},
    {"ScatterDiv", OpRole::kWrite},
    {"ScatterMax", OpRole::kWrite},
    {"ScatterMin", OpRole::kWrite},
    {"ScatterMul", OpRole::kWrite},
    {"ScatterNdAdd", OpRole::kWrite},
    {"ScatterNdMax", OpRole::kWrite},
    {"ScatterNdMin", OpRole::kWrite},
    {"ScatterNdSub", OpRole::kWrite},
    {"ScatterNdUpdate", OpRole::kWrite},
    {"ScatterSub", OpRole::kWrite},
    {"ScatterUpdate", OpRole::kWrite},
    {"SerializeIterator", OpRole::kIterator},
    {"SparseApply*", OpRole::kWrite},
    {"Stage", OpRole::kQueue},
    {"StatefulRandomBinomial", OpRole::kRandom},
    {"StatefulStandardNormal*", OpRole::kRandom},
    {"StatefulTruncatedNormal", OpRole::kRandom},
    {"StatefulUniform*", OpRole::kRandom},
    {"StatelessDropout*", OpRole::kRandom},
    {"StatelessMultinomial", OpRole::kRandom},
    {"StatelessParameterizedTruncatedNormal", OpRole::kRandom},
    {"StatelessRandom*", OpRole::kRandom},
    {"StatelessSampleDistortedBoundingBox", OpRole::kRandom},
    {"StatelessShuffle", OpRole::kRandom},
    {"StatelessTruncatedNormal*", OpRole::kRandom},
    {"StatsAggregatorSummary", OpRole::kCheck},
    {"StridedSliceAssign", OpRole::kWrite},
    {"SummaryWriter", OpRole::kCheck},
    {"Switch", OpRole::kControlFlow},
    {"TFRecordReader*", OpRole::kQueue},
    {"TemporaryVariable", OpRole::kVariable},
    {"TensorArray*", OpRole::kRead},  // ordered by their flow input alone
    {"TensorSummary*", OpRole::kCheck},
    {"TextLineReader*", OpRole::kQueue},
    {"ThreadUnsafeUnigramCandidateSampler", OpRole::kRandom},
    {"Timestamp", OpRole::kCheck},
    {"TruncatedNormal", OpRole::kRandom},
    {"UniformCandidateSampler", OpRole::kRandom},
    {"Unstage", OpRole::kQueue},
    {"VarHandleOp", OpRole::kVariable},
    {"VarIsInitializedOp", OpRole::kRead},
    {"Variable", OpRole::kVariable},
    {"VariableShape", OpRole::kRead},
    {"VariableV2", OpRole::kVariable},
    {"WholeFileReader*", OpRole::kQueue},
    {"WriteAudioSummary", OpRole::kCheck},
    {"WriteGraphSummary", OpRole::kCheck},
    {"WriteHistogramSummary", OpRole::kCheck},
    {"WriteImageSummary", OpRole::kCheck},
    {"WriteRawProtoSummary", OpRole::kCheck},
    {"WriteScalarSummary", OpRole::kCheck},
    {"WriteSummary", OpRole::kCheck},
    {"_VarHandlesOp", OpRole::kVariable},
};

// Without the star.
constexpr std::string_view Stem(std::string_view entry) {
  return entry.back() == '*' ? entry.substr(0, entry.size() - 1) : entry;
}
constexpr bool OpRolesAreSorted() {
  for (std::size_t i = 1; i < std::size(kOpRoles); ++i) {
    if (Stem(kOpRoles[i - 1].name) >= Stem(kOpRoles[i].name)) return false;
  }
  return true;
}
static_assert(OpRolesAreSorted());

}  // namespace detail

inline OpRole RoleOf(std::string_view op) {
  const auto begin = std::begin(detail::kOpRoles), end = std::end(detail::kOpRoles);
  auto entry = std::upper_bound(begin, end, op, [](std::string_view name, const detail::NamedRole& role) {
    return name < detail::Stem(role.name);
  });
  // An entry that the op begins with stands before it; between the two stand only names that share that beginning.
  for (int steps = 0; entry != begin && steps < 32; ++steps) {
    --entry;
    const std::string_view stem = detail::Stem(entry->name);
    if (op == stem || (stem.size() < entry->name.size() && op.substr(0, stem.size()) == stem)) return entry->role;
    if (stem[0] != op[0]) break;
  }
  return op.find("Dataset") != std::string_view::npos ? OpRole::kDataset : OpRole::kOrdinary;
}

// What a node does beside giving values, functions that it calls included.
enum class Effect : std::uint8_t {
  kNone,
  kCheck,    // it has a check, which nobody's value depends on
  kUnknown,  // it changes a state, or may: what comes before and after it matters
};

// True for functions, and for ops that run functions which they name.
inline bool CallsFunctions(const Graph& graph, std::string_view op) {
  return op == "PartitionedCall" || op == "StatefulPartitionedCall" || op == "If" || op == "StatelessIf" || op == "Case" ||
         op == "StatelessCase" || op == "While" || op == "StatelessWhile" || graph.FindFunction(op) != kNoFunction;
}

// What an op does that calls nothing.
inline Effect EffectOf(const Graph& graph, std::string_view op) {
  switch (RoleOf(op)) {
    case OpRole::kCheck:
      return Effect::kCheck;
    case OpRole::kRandom:
    case OpRole::kVariable:
    case OpRole::kRead:
    case OpRole::kTable:
    case OpRole::kIterator:  // they move on, but no value depends on when
    case OpRole::kControlFlow:
      return Effect::kNone;
    case OpRole::kQueue:
      return op.find("Dequeue") != std::string_view::npos ? Effect::kNone : Effect::kUnknown;
    case OpRole::kOrdinary: {
      const OpDef* definition = graph.ops().Find(op);
      bool changes = definition == nullptr || definition->is_stateful;
      for (std::size_t i = 0; !changes && i < definition->inputs.size(); ++i) changes = definition->inputs[i].is_ref;
      return changes ? Effect::kUnknown : Effect::kNone;
    }
    default:
      return Effect::kUnknown;
  }
}

// Tells effects by op, and remembers them. The graph must outlive it, with its functions as they are.
class Effects {
 public:
  explicit Effects(const Graph& graph) : graph_(graph) {}

  Effect Of(NodeRef node) {
    if (node.kind() != NodeKind::kNode) return Effect::kNone;
    const std::string_view op = node.op();
    const auto [it, is_new] = ops_.try_emplace(op);
    if (is_new) it->second = Look(op);
    if (!it->second.calls) return it->second.effect;
    if (functions_.empty() && graph_.function_count() > 0) LookAtFunctions();
    Effect effect = Effect::kNone;
    ForEachFunctionRef(node, [&](std::string_view name) {
      if (const FunctionId id = graph_.FindFunction(name); id != kNoFunction) {
        effect = (std::max)(effect, functions_[id]);
      } else if (name != op) {
        effect = Effect::kUnknown;
      }
    });
    return effect;
  }

 private:
  struct OpEffect {
    Effect effect = Effect::kNone;
    bool calls = false;
  };

  OpEffect Look(std::string_view op) const {
    if (CallsFunctions(graph_, op)) return {Effect::kNone, true};
    return {EffectOf(graph_, op), false};
  }

  // Effects spread from functions to those that call them.
  void LookAtFunctions() {
    const FunctionId count = graph_.function_count();
    functions_.assign(count, Effect::kNone);
    std::vector<std::vector<FunctionId>> callers(count);
    std::vector<FunctionId> todo;
    for (FunctionId id = 0; id < count; ++id) {
      if (!graph_.function(id).alive) continue;
      graph_.function(id).body.ForEachNode([&](NodeRef node) {
        const auto [it, is_new] = ops_.try_emplace(node.op());
        if (is_new) it->second = Look(node.op());
        functions_[id] = (std::max)(functions_[id], it->second.effect);
        if (!it->second.calls) return;
        ForEachFunctionRef(node, [&](std::string_view name) {
          if (const FunctionId callee = graph_.FindFunction(name); callee != kNoFunction) {
            callers[callee].push_back(id);
          } else if (name != node.op()) {
            functions_[id] = Effect::kUnknown;
          }
        });
      });
      if (functions_[id] != Effect::kNone) todo.push_back(id);
    }
    while (!todo.empty()) {
      const FunctionId id = todo.back();
      todo.pop_back();
      for (const FunctionId caller : callers[id]) {
        if (functions_[caller] >= functions_[id]) continue;
        functions_[caller] = functions_[id];
        todo.push_back(caller);
      }
    }
  }

  const Graph& graph_;
  NameMap<OpEffect> ops_;
  std::vector<Effect> functions_;  // by id; empty until asked for
};

GRAPHFREEZE_NAMESPACE_END
