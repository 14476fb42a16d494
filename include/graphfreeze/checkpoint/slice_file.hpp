// One file of a V1 checkpoint: a table that holds the values themselves, a message for each stored slice, and under
// the empty key a list of them. Blocks are looked at when a value of theirs is asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/table.hpp>
#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/tensor.hpp>
#include <graphfreeze/tensor/verify.hpp>
#include <graphfreeze/wire/crc32c.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

// True for what a V1 checkpoint has under the empty key (a SavedTensorSlices): a message stands where the index of a
// V2 checkpoint has the number of shards.
inline bool IsV1Header(std::string_view value) { return !value.empty() && value.front() == '\x0a'; }

// Recognized by what it holds, be its checksums right or wrong.
inline bool IsV1Table(const Source& source) {
  if (!LooksLikeTable(source)) return false;
  TableOptions options;
  options.verify_crc = false;
  const absl::StatusOr<Table> table = Table::Open(source, wire::Crc32c(), options);
  if (!table.ok()) return false;
  const auto first = table->First();
  return first.ok() && first->first.empty() && IsV1Header(first->second);
}

// Const methods may be called from several threads at once.
class SliceFile {
 public:
  // A value, and what is known of where it lies.
  struct Value {
    std::string_view bytes;
    std::shared_ptr<const void> owner;
    const Table::Block* block = nullptr;
    std::uint64_t offset = 0;  // in the file; of no meaning unless raw
    bool raw = false;          // the block is not compressed
    bool mapped = false;       // `bytes` are those of the mapped file
    bool most = false;         // at least half of its block
  };

  static absl::StatusOr<std::unique_ptr<const SliceFile>> Open(Source source, wire::Crc32c crc, bool verify) {
    TableOptions options;
    options.verify_crc = verify;
    GRAPHFREEZE_ASSIGN_OR_RETURN(Table table, Table::Open(std::move(source), crc, options));
    std::unique_ptr<SliceFile> file(new SliceFile(std::move(table), crc, verify));
    GRAPHFREEZE_ASSIGN_OR_RETURN(file->list_, file->Find(std::string_view()));
    if (file->list_.block == nullptr || !IsV1Header(file->list_.bytes)) {
      return InvalidArgument("'", file->name(), "' is a table, but not a checkpoint in the V1 format");
    }
    if (verify) {
      GRAPHFREEZE_RETURN_IF_ERROR(file->table_.ReadBlock(*file->list_.block).status());
      file->verified_[file->NumberOf(*file->list_.block)] = true;
    }
    return std::unique_ptr<const SliceFile>(std::move(file));
  }

  const Source& source() const { return table_.source(); }
  std::string_view name() const { return source().name(); }
  // The value under the empty key. Lives as long as the file.
  std::string_view list() const { return list_.bytes; }

  // The value of a key; its block is null if there is none. Unverified.
  absl::StatusOr<Value> Find(std::string_view key) const {
    Value value;
    const Table::Block* block = table_.FindBlock(key);
    if (block == nullptr) return value;
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Table::Trailer trailer, table_.ReadTrailer(*block));
    const bool mapped = trailer.raw() && source().has_view();
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, Entries(*block, mapped));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const std::shared_ptr<const Contents> contents, ContentsOf(*block, entries.bytes));
    const Item* item = contents->Find(NameHash()(key));
    if (item == nullptr) return value;
    value.bytes = entries.bytes.substr(item->offset, item->size);
    value.owner = entries.owner;
    value.block = block;
    value.offset = block->offset + item->offset;
    value.raw = trailer.raw();
    value.mapped = mapped;
    value.most = item->size >= entries.bytes.size() / 2;
    if (!mapped && !value.most) {  // a small value does not keep a large block in memory
      auto copy = std::make_shared<const std::string>(value.bytes);
      value.bytes = *copy;
      value.owner = std::move(copy);
    }
    return value;
  }

  // Compares the checksum of the block that a value lies in, once. `key` is the tensor's, for the message.
  absl::Status Verify(const Value& value, std::string_view key) const {
    if (!verify_) return absl::OkStatus();
    const std::size_t number = NumberOf(*value.block);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (verified_[number]) return absl::OkStatus();
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const CrcCheck check, CheckOf(value, key));
    GRAPHFREEZE_RETURN_IF_ERROR(VerifyChecks(absl::Span<const CrcCheck>(&check, 1), crc_));
    const std::lock_guard<std::mutex> lock(mutex_);
    verified_[number] = true;
    return absl::OkStatus();
  }
  // The same, for somebody else to make.
  absl::StatusOr<CrcCheck> CheckOf(const Value& value, std::string_view key) const {
    GRAPHFREEZE_ASSIGN_OR_RETURN(const Table::Trailer trailer, table_.ReadTrailer(*value.block));
    return CrcCheck{table_.Covered(*value.block), trailer.crc32c, std::string(key)};
  }

 private:
  // An entry of a block. Keys are not kept: a value says itself what it is the value of.
  struct Item {
    std::size_t hash;
    std::size_t offset;  // of the value in the block
    std::size_t size;
  };
  struct Contents {
    std::vector<Item> items;  // by hash
    const Item* Find(std::size_t hash) const {
      const auto it = std::lower_bound(items.begin(), items.end(), hash,
                                       [](const Item& item, std::size_t h) { return item.hash < h; });
      return it != items.end() && it->hash == hash ? &*it : nullptr;
    }
  };

  SliceFile(Table table, wire::Crc32c crc, bool verify)
      : table_(std::move(table)),
        crc_(crc),
        verify_(verify),
        verified_(table_.blocks().size()),
        contents_(table_.blocks().size()) {}

  std::size_t NumberOf(const Table::Block& block) const {
    return static_cast<std::size_t>(&block - table_.blocks().data());
  }

  // The entries of a block. Those that are not mapped are verified, and the last few of them are kept.
  absl::StatusOr<OwnedBytes> Entries(const Table::Block& block, bool mapped) const {
    if (mapped) return table_.ReadBlock(block, false);
    const std::size_t number = NumberOf(block);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const auto& [kept, bytes] : recent_) {
        if (kept == number) return bytes;
      }
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, table_.ReadBlock(block, verify_));
    const std::lock_guard<std::mutex> lock(mutex_);
    verified_[number] = verify_;
    recent_.emplace_back(number, bytes);
    std::size_t total = 0, keep = 0;
    for (std::size_t i = recent_.size(); i-- > 0; ++keep) {
      total += recent_[i].second.bytes.size();
      if (keep > 0 && total > kRecentBytes) break;
    }
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(keep));
    return bytes;
  }

  // What a block holds, found out once.
  absl::StatusOr<std::shared_ptr<const Contents>> ContentsOf(const Table::Block& block,
                                                             std::string_view entries) const {
    const std::size_t number = NumberOf(block);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (contents_[number] != nullptr) return contents_[number];
    }
    auto contents = std::make_shared<Contents>();
    const std::uint64_t max_key_bytes = MaxKeyBytes(source().size());
    std::uint64_t key_bytes = 0;
    TableCursor cursor;
    cursor.Enter(entries);
    while (cursor.Next()) {
      key_bytes += cursor.key().size() + sizeof(Item);
      if (key_bytes > max_key_bytes) return ResourceExhausted("'", name(), "' has unreasonably long keys");
      contents->items.push_back({NameHash()(cursor.key()),
                                 static_cast<std::size_t>(cursor.value().data() - entries.data()),
                                 cursor.value().size()});
    }
    if (!cursor.problem().empty()) return table_.Malformed(block, cursor);
    std::sort(contents->items.begin(), contents->items.end(),
              [](const Item& a, const Item& b) { return a.hash < b.hash; });
    const std::lock_guard<std::mutex> lock(mutex_);
    if (contents_[number] == nullptr) contents_[number] = std::move(contents);
    return contents_[number];
  }

  static constexpr std::size_t kRecentBytes = std::size_t{64} << 20;

  Table table_;
  wire::Crc32c crc_;
  bool verify_;
  Value list_;

  mutable std::mutex mutex_;  // over what follows, which is filled as it is needed
  mutable std::vector<bool> verified_;                             // by block
  mutable std::vector<std::shared_ptr<const Contents>> contents_;  // by block
  mutable std::vector<std::pair<std::size_t, OwnedBytes>> recent_;  // blocks in memory, the last used last
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
