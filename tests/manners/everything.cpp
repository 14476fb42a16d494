// Uses what the compiler emits only for those who use it: the library's templates, each with a type of a stranger.
// Its ordinary functions are emitted by -fkeep-inline-functions. What the object file contains is the question.
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

namespace gf = graphfreeze;

namespace {

struct Message {
  std::size_t ByteSizeLong() const { return 0; }
  bool SerializeToArray(void*, int) const { return true; }
  bool ParseFromZeroCopyStream(google::protobuf::io::ZeroCopyInputStream*) { return true; }
};

struct Pass {
  static constexpr std::string_view kName = "pass";
  absl::Status Run(gf::Graph& graph, gf::PassContext&) const {
    return gf::ForEachBody(graph, [](gf::Body& body, std::string_view) {
      body.ForEachNode([](gf::NodeRef) {});
      return absl::OkStatus();
    });
  }
};

struct Handler {
  static constexpr auto kOps = std::array{"MyOp"};
  absl::Status Rewrite(gf::NodeRef node, gf::Rewriter& rewriter) const { return rewriter.ReplaceWithInput(node, 0); }
};

}  // namespace

absl::Status UseEverything(const std::string& path, absl::Span<const std::string> names, gf::Graph& graph,
                           gf::PassContext& context, Message& message) {
  gf::Freezer freezer;
  freezer.FromGraph(path).FromMetaGraph(path).FromSavedModel(path).FromBytes(path).FromMessage(message);
  freezer.Checkpoint(path).Checkpoint(std::map<std::string, gf::TensorView>());
  freezer.Outputs(path).Outputs({"a", "b"}).Outputs(names).Signature(path);
  freezer.ToInference().Replace(Pass{}).BeforeStep("audit", Pass{}).Before(Pass{}).After(Pass{});
  freezer.Handlers(Handler{}, gf::npu::Handlers{}).Files(gf::MemoryFileSystem()).Files(gf::ReadingFileSystem());
  GRAPHFREEZE_RETURN_IF_ERROR(freezer.FreezeTo(path).status());
  GRAPHFREEZE_ASSIGN_OR_RETURN(const gf::FrozenGraph frozen, freezer.Freeze());
  GRAPHFREEZE_RETURN_IF_ERROR(frozen.ForEachChunk([](std::string_view) { return absl::OkStatus(); }));
  GRAPHFREEZE_RETURN_IF_ERROR(frozen.ParseInto(&message));
  GRAPHFREEZE_RETURN_IF_ERROR(frozen.WriteTo(path));
  GRAPHFREEZE_RETURN_IF_ERROR(frozen.WriteSavedModel(path));
  GRAPHFREEZE_RETURN_IF_ERROR(frozen.ToCord().status());
  GRAPHFREEZE_RETURN_IF_ERROR(gf::CheckpointReader<>::Open(path).status());
  GRAPHFREEZE_RETURN_IF_ERROR(gf::CheckpointReader<gf::MemoryFileSystem>::Open(path).status());
  GRAPHFREEZE_RETURN_IF_ERROR(gf::Run(graph, context, Pass{}, gf::Prune{}, gf::HandleOps{{gf::Handlers(Handler{})}}));
  const gf::Pattern pattern = gf::Op("Mul", "Add").AnyOrder(gf::Any(), gf::OneOf(gf::Op("Neg"), gf::Any()));
  context.executor = gf::ThreadExecutor();
  return gf::AnyPass(Pass{}).Run(graph, context);
}
