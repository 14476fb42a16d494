// Any bytes as the saved_model.pb of a directory whose variables and assets are fine: errors, or a frozen graph of any
// signature in either form of result, never a crash. What freezes is written with its signatures, and nothing is read
// outside the directory.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graphfreeze.hpp>

namespace {

std::map<std::string, graphfreeze::TensorView> Values() {
  static const std::string bytes(16, '\x3f');
  std::map<std::string, graphfreeze::TensorView> values;
  for (const char* name : {"w", "b", "a/.ATTRIBUTES/VARIABLE_VALUE", "b/.ATTRIBUTES/VARIABLE_VALUE", "w/.ATTRIBUTES/VARIABLE_VALUE",
                           "table/.ATTRIBUTES/table-keys", "table/.ATTRIBUTES/table-values"}) {
    values.emplace(name, graphfreeze::TensorView(graphfreeze::DataType::kFloat, graphfreeze::Shape({2, 2}), bytes, nullptr));
  }
  return values;
}

// What is opened lies in the directory.
struct Confined {
  graphfreeze::MemoryFileSystem files;

  absl::StatusOr<graphfreeze::Source> Open(std::string_view path) const {
    if (path.substr(0, 2) != "m/" && path != "m") std::abort();
    for (std::string_view rest = path; !rest.empty();) {
      const std::size_t slash = rest.find('/');
      if (rest.substr(0, slash) == "..") std::abort();
      rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    }
    return files.Open(path);
  }
  absl::StatusOr<std::vector<std::string>> List(std::string_view path) const { return files.List(path); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Confined confined;
  confined.files.Put("m/saved_model.pb", std::string(reinterpret_cast<const char*>(bytes), size));
  confined.files.Put("m/assets/words.txt", "red\ngreen\n");
  graphfreeze::Limits limits;
  limits.max_functions = 200;
  limits.max_nodes = 20'000;
  limits.max_constant_bytes = 1 << 16;
  const auto model = graphfreeze::SavedModel::Load(confined, "m");
  if (!model.ok()) return 0;
  for (const graphfreeze::MetaGraph& meta : model->meta_graphs()) {
    const auto assets = graphfreeze::Assets(meta);
    if (!assets.ok()) continue;
    for (const graphfreeze::Asset& asset : *assets) (void)model->OpenAsset(confined, asset.filename);
  }
  for (const bool inlined : {true, false}) {
    graphfreeze::Freezer freezer;
    freezer.FromSavedModel("m").Files(confined).Checkpoint(Values()).With(limits).Signature("*").Inline(inlined).NameOutputsByKey(inlined);
    const auto frozen = freezer.Freeze();
    if (!frozen.ok()) continue;
    const auto once = frozen->ToContiguous();
    if (!once.ok() || once->size() != frozen->size()) std::abort();
    if (frozen->report().ToJson().empty() || frozen->report().SignaturesToJson().empty()) std::abort();
    (void)frozen->report().ToTritonConfig();
    const auto graph = graphfreeze::Graph::Parse(graphfreeze::Source::Borrow(*once, "frozen"));
    if (!graph.ok()) std::abort();
  }
  return 0;
}
