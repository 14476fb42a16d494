// The sorted string table (leveldb's file format) that holds a checkpoint's index, and all of a V1 checkpoint.
//
//   [data block][trailer] ... [metaindex block][trailer] [index block][trailer] [footer, 48 bytes]
//
// A block is a run of (key, value) entries whose keys share prefixes; it may be stored Snappy-compressed; its
// trailer has the type and the CRC. The index block has one entry a data block: a key not below any of the
// block's, and where the block lies. Keys ascend throughout the file, and blocks lie one behind the other; both
// are checked, so that no block can be visited twice and the work is bounded by the size of the file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/io/source.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/crc32c.hpp>
#include <graphfreeze/wire/proto.hpp>
#include <graphfreeze/wire/snappy.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace checkpoint_detail {

inline constexpr std::size_t kTableFooterBytes = 48;
inline constexpr std::size_t kTableTrailerBytes = 5;
inline constexpr std::uint64_t kTableMagic = 0xdb4775248b80fb57u;
inline constexpr std::size_t kMaxTableKeyBytes = 64 << 10;

// Prefix sharing lets a small file describe many long keys: what all of them together may take is bounded by a
// multiple of the file.
constexpr std::uint64_t MaxKeyBytes(std::uint64_t file_bytes) { return (std::uint64_t{64} << 20) + 64 * file_bytes; }

// True if the source ends like a table.
inline bool LooksLikeTable(const Source& source) {
  char magic[8];
  return source.size() >= kTableFooterBytes && source.Read(source.size() - 8, absl::Span<char>(magic, 8)).ok() &&
         wire::LoadFixed64(magic) == kTableMagic;
}

// Steps through the entries of blocks, one block after the other, and insists on ascending keys.
class TableCursor {
 public:
  // Goes on with another block: its entries, without the restart array.
  void Enter(std::string_view entries) {
    begin_ = next_ = entries.data();
    end_ = begin_ + entries.size();
  }

  // Steps to the next entry of the block. False at its end, and at the first malformed entry: ask problem().
  bool Next() {
    if (next_ == end_) return false;
    std::uint64_t shared = 0, own = 0, value_size = 0;
    const char* p = wire::ReadVarint(next_, end_, &shared);
    if (p != nullptr) p = wire::ReadVarint(p, end_, &own);
    if (p != nullptr) p = wire::ReadVarint(p, end_, &value_size);
    if (p == nullptr) return Fail("an entry is cut short");
    const std::uint64_t rest = static_cast<std::uint64_t>(end_ - p);
    if (own > rest || value_size > rest - own) return Fail("an entry is longer than the block");
    // The first key of a block stands by itself.
    if (shared > (next_ == begin_ ? 0 : key_.size())) return Fail("a key shares more than there is");
    if (shared + own > kMaxTableKeyBytes) return Fail("a key is longer than 64 KiB");
    const std::string_view own_key(p, static_cast<std::size_t>(own));
    // The shared bytes are equal by construction: what follows them decides.
    if (!first_ && own_key <= std::string_view(key_).substr(static_cast<std::size_t>(shared))) {
      return Fail("keys do not ascend");
    }
    first_ = false;
    key_.resize(static_cast<std::size_t>(shared));
    key_.append(own_key.data(), own_key.size());
    value_ = std::string_view(p + own, static_cast<std::size_t>(value_size));
    next_ = value_.data() + value_.size();
    return true;
  }

  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  // What is malformed; empty if nothing is.
  std::string_view problem() const { return problem_; }
  std::size_t offset() const { return static_cast<std::size_t>(next_ - begin_); }

 private:
  bool Fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  const char* begin_ = nullptr;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  std::string key_;
  std::string_view value_;
  std::string_view problem_;
  bool first_ = true;
};

struct TableOptions {
  bool verify_crc = true;                       // compare the CRC of every block that is read
  std::uint64_t max_block_bytes = wire::kMaxMessageBytes;  // of one block, decompressed
};

// A table that has been opened: its footer and index are read, its blocks are read when asked for.
class Table {
 public:
  struct Block {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;   // as stored, without the trailer
    std::string_view bound;   // not below any key of the block, below all keys of the next
  };

  static absl::StatusOr<Table> Open(Source source, wire::Crc32c crc, TableOptions options = {}) {
    Table table(std::move(source), crc, options);
    GRAPHFREEZE_RETURN_IF_ERROR(table.ReadIndex());
    return table;
  }

  const Source& source() const { return source_; }
  absl::Span<const Block> blocks() const { return blocks_; }

  // What stands behind a block: how it is compressed, and the checksum of it and of that byte.
  struct Trailer {
    char type = 0;
    std::uint32_t crc32c = 0;  // unmasked
    bool raw() const { return type == 0; }
  };
  absl::StatusOr<Trailer> ReadTrailer(const Block& block) const {
    GRAPHFREEZE_RETURN_IF_ERROR(CheckHandle(block));
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes bytes, source_.Load(block.offset + block.size, kTableTrailerBytes));
    return Trailer{bytes.bytes.front(), wire::Crc32c::Unmask(wire::LoadFixed32(bytes.bytes.data() + 1))};
  }
  // The bytes that this checksum covers.
  ByteRange Covered(const Block& block) const { return {source_, block.offset, block.size + 1}; }

  // The one block that can hold the key; null if none can.
  const Block* FindBlock(std::string_view key) const {
    const auto it = std::lower_bound(blocks_.begin(), blocks_.end(), key,
                                     [](const Block& block, std::string_view k) { return block.bound < k; });
    return it != blocks_.end() ? &*it : nullptr;
  }

  // The entries of a block: a view of the file where it is mapped and the block is stored raw.
  absl::StatusOr<OwnedBytes> ReadBlock(const Block& block) const { return ReadBlock(block, options_.verify_crc); }
  absl::StatusOr<OwnedBytes> ReadBlock(const Block& block, bool verify_crc) const {
    GRAPHFREEZE_RETURN_IF_ERROR(CheckHandle(block));
    if (block.size > options_.max_block_bytes) return Damaged(block, "it is larger than is accepted here");
    GRAPHFREEZE_ASSIGN_OR_RETURN(OwnedBytes bytes, source_.Load(block.offset, block.size + kTableTrailerBytes));
    const char type = bytes.bytes[static_cast<std::size_t>(block.size)];
    if (verify_crc) {
      const std::string_view covered = bytes.bytes.substr(0, static_cast<std::size_t>(block.size) + 1);
      const std::uint32_t stored = wire::Crc32c::Unmask(wire::LoadFixed32(covered.data() + covered.size()));
      const std::uint32_t computed = crc_.Of(covered);
      if (stored != computed) {
        return Damaged(block, Concat("its stored checksum is ", wire::HexCrc(stored), " but its bytes have ",
                                     wire::HexCrc(computed)));
      }
    }
    bytes.bytes.remove_suffix(kTableTrailerBytes);
    if (type == 1) {
      absl::StatusOr<std::string> raw = wire::SnappyDecompress(bytes.bytes, options_.max_block_bytes);
      if (!raw.ok()) return Annotate(raw.status(), Where(block));
      auto owner = std::make_shared<const std::string>(*std::move(raw));
      bytes.bytes = *owner;
      bytes.owner = std::move(owner);
    } else if (type != 0) {
      return Damaged(block, Concat("its compression type is ", static_cast<int>(type), ", neither raw nor Snappy"));
    }
    // Cut the restart array off: it serves binary search, and the entries are complete without it.
    if (bytes.bytes.size() < 4) return Damaged(block, "it has no restart array");
    const std::uint64_t restarts = wire::LoadFixed32(bytes.bytes.data() + bytes.bytes.size() - 4);
    if (restarts == 0 || restarts > bytes.bytes.size() / 4 - 1) return Damaged(block, "its restart array is invalid");
    bytes.bytes.remove_suffix(static_cast<std::size_t>(4 * (restarts + 1)));
    return bytes;
  }

  // Calls visit(key, value, owner) for every entry of the file, in order, until one returns an error. The key
  // is gone after the call; the value lives as long as `owner` or a copy of it.
  template <typename Visit>
  absl::Status ForEach(Visit&& visit) const {
    TableCursor cursor;
    for (const Block& block : blocks_) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, ReadBlock(block));
      cursor.Enter(entries.bytes);
      while (cursor.Next()) {
        GRAPHFREEZE_RETURN_IF_ERROR(visit(cursor.key(), cursor.value(), entries.owner));
      }
      if (!cursor.problem().empty()) return Malformed(block, cursor);
    }
    return absl::OkStatus();
  }
  // The error of a cursor that has a problem with the entries of a block.
  absl::Status Malformed(const Block& block, const TableCursor& cursor) const {
    return Damaged(block, Concat(cursor.problem(), " at byte ", cursor.offset(), " of its contents"));
  }

  // The first entry: the one with the smallest key. NotFound if the table is empty.
  absl::StatusOr<std::pair<std::string, std::string>> First() const {
    for (const Block& block : blocks_) {
      GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, ReadBlock(block));
      TableCursor cursor;
      cursor.Enter(entries.bytes);
      if (cursor.Next()) return std::make_pair(std::string(cursor.key()), std::string(cursor.value()));
      if (!cursor.problem().empty()) return Damaged(block, cursor.problem());
    }
    return NotFound("'", source_.name(), "' is a table without entries");
  }

 private:
  Table(Source source, wire::Crc32c crc, TableOptions options)
      : source_(std::move(source)), crc_(crc), options_(options) {}

  std::string Where(const Block& block) const {
    return Concat("'", source_.name(), "', block of ", block.size, " bytes at offset ", block.offset);
  }
  absl::Status Damaged(const Block& block, std::string_view what) const {
    return DataLoss("'", source_.name(), "' is damaged: block of ", block.size, " bytes at offset ", block.offset,
                    ": ", what, "; copy the file again from its origin");
  }

  // A block and its trailer end before the footer.
  absl::Status CheckHandle(const Block& block) const {
    const std::uint64_t room = source_.size() - kTableFooterBytes;
    if (room < kTableTrailerBytes || block.offset > room - kTableTrailerBytes ||
        block.size > room - kTableTrailerBytes - block.offset) {
      return Damaged(block, Concat("it reaches beyond the end of the file at ", source_.size()));
    }
    return absl::OkStatus();
  }

  static const char* ReadHandle(const char* p, const char* end, Block* block) {
    p = wire::ReadVarint(p, end, &block->offset);
    return p == nullptr ? nullptr : wire::ReadVarint(p, end, &block->size);
  }

  absl::Status ReadIndex() {
    if (source_.size() < kTableFooterBytes) {
      return DataLoss("'", source_.name(), "' has ", source_.size(),
                      " bytes, less than the footer of a table (48); it is truncated or something else");
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes footer,
                                 source_.Load(source_.size() - kTableFooterBytes, kTableFooterBytes));
    const char* const end = footer.bytes.data() + kTableFooterBytes - 8;
    if (wire::LoadFixed64(end) != kTableMagic) {
      return DataLoss("'", source_.name(), "' does not end like a table; it is truncated or something else");
    }
    Block metaindex, index;
    const char* p = ReadHandle(footer.bytes.data(), end, &metaindex);
    if (p == nullptr || ReadHandle(p, end, &index) == nullptr) {
      return DataLoss("'", source_.name(), "' is damaged: its footer has no valid block positions");
    }
    GRAPHFREEZE_ASSIGN_OR_RETURN(const OwnedBytes entries, ReadBlock(index));
    const std::uint64_t max_bounds = MaxKeyBytes(source_.size());
    auto bounds = std::make_shared<std::string>();
    std::vector<std::size_t> ends;  // the views of it are made when it has stopped moving
    TableCursor cursor;
    cursor.Enter(entries.bytes);
    std::uint64_t end_of_last = 0;
    while (cursor.Next()) {
      Block block;
      const std::string_view value = cursor.value();
      if (ReadHandle(value.data(), value.data() + value.size(), &block) == nullptr) {
        return Damaged(index, "an entry of the index is no block position");
      }
      GRAPHFREEZE_RETURN_IF_ERROR(CheckHandle(block));
      if (block.offset < end_of_last) return Damaged(block, "it overlaps the block before it");
      end_of_last = block.offset + block.size + kTableTrailerBytes;
      bounds->append(cursor.key().data(), cursor.key().size());
      if (bounds->size() > max_bounds) return Damaged(index, "its keys are unreasonably long");
      blocks_.push_back(block);
      ends.push_back(bounds->size());
    }
    if (!cursor.problem().empty()) return Damaged(index, cursor.problem());
    std::size_t from = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      blocks_[i].bound = std::string_view(*bounds).substr(from, ends[i] - from);
      from = ends[i];
    }
    bounds_ = std::move(bounds);
    return absl::OkStatus();
  }

  Source source_;
  wire::Crc32c crc_;
  TableOptions options_;
  std::vector<Block> blocks_;
  std::shared_ptr<const std::string> bounds_;
};

}  // namespace checkpoint_detail
GRAPHFREEZE_NAMESPACE_END
