// Writes V2 checkpoints for tests: any number of shards, tensors cut in any way, any block size, Snappy or not,
// and entries that no real writer would write. It shares no code with the reader where the two could be wrong
// together: checksums, compression and cutting are done here in the plainest way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <graphfreeze/checkpoint/tensor_slice.hpp>
#include <graphfreeze/io/file_system.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/tensor/shape.hpp>
#include <graphfreeze/wire/proto.hpp>

namespace bundle_writer {

namespace gf = graphfreeze;

inline std::uint32_t Crc(std::string_view bytes, std::uint32_t crc = 0) {
  crc = ~crc;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
  }
  return ~crc;
}
inline std::uint32_t Masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8u; }
inline std::string Fixed32(std::uint32_t value) {
  std::string out(4, '\0');
  std::memcpy(&out[0], &value, 4);
  return out;
}

// Snappy: literals, and copies of what the last occurrence of four bytes is followed by.
inline std::string SnappyCompress(std::string_view in) {
  std::string out;
  gf::wire::PutVarint(&out, in.size());
  std::map<std::string_view, std::size_t> last;
  std::size_t literal = 0;  // where the pending literal begins
  const auto flush = [&](std::size_t end) {
    while (literal < end) {
      const std::size_t n = (std::min)(end - literal, std::size_t{1} << 16);
      if (n <= 60) {
        out.push_back(static_cast<char>((n - 1) << 2));
      } else {
        out.push_back(static_cast<char>(61 << 2));
        out.push_back(static_cast<char>((n - 1) & 0xff));
        out.push_back(static_cast<char>((n - 1) >> 8));
      }
      out.append(in.substr(literal, n));
      literal += n;
    }
  };
  for (std::size_t i = 0; i + 4 <= in.size();) {
    const auto [it, fresh] = last.emplace(in.substr(i, 4), i);
    const std::size_t from = it->second;
    it->second = i;
    if (fresh || i - from > 0xffff) {
      ++i;
      continue;
    }
    std::size_t n = 4;
    while (n < 64 && i + n < in.size() && in[from + n] == in[i + n]) ++n;
    flush(i);
    const std::size_t offset = i - from;
    if (n <= 11 && offset < 2048) {
      out.push_back(static_cast<char>(1 | (n - 4) << 2 | (offset >> 8) << 5));
      out.push_back(static_cast<char>(offset & 0xff));
    } else {
      out.push_back(static_cast<char>(2 | (n - 1) << 2));
      out.push_back(static_cast<char>(offset & 0xff));
      out.push_back(static_cast<char>(offset >> 8));
    }
    i += n;
    literal = i;
  }
  flush(in.size());
  return out;
}

struct Options {
  std::int32_t shards = 1;
  std::size_t block_size = 262144;
  int restart_interval = 16;
  bool snappy = false;
  std::size_t alignment = 1;  // of tensors in data files
};

using Entries = std::vector<std::pair<std::string, std::string>>;

// Entries as a block, without trailer.
inline std::string MakeBlock(const Entries& entries, int restart_interval) {
  std::string block, before;
  std::vector<std::uint32_t> restarts;
  int since = 0;
  for (const auto& [key, value] : entries) {
    std::size_t shared = 0;
    if (restarts.empty() || since == restart_interval) {
      restarts.push_back(static_cast<std::uint32_t>(block.size()));
      since = 0;
    } else {
      while (shared < (std::min)(key.size(), before.size()) && key[shared] == before[shared]) ++shared;
    }
    ++since;
    gf::wire::PutVarint(&block, shared);
    gf::wire::PutVarint(&block, key.size() - shared);
    gf::wire::PutVarint(&block, value.size());
    block += key.substr(shared) + value;
    before = key;
  }
  if (restarts.empty()) restarts.push_back(0);
  for (const std::uint32_t restart : restarts) block += Fixed32(restart);
  return block + Fixed32(static_cast<std::uint32_t>(restarts.size()));
}

// Adds a block and its trailer to the file; returns its handle.
inline std::string AppendBlock(std::string* file, std::string block, char type = 0) {
  std::string handle;
  gf::wire::PutVarint(&handle, file->size());
  gf::wire::PutVarint(&handle, block.size());
  block.push_back(type);
  *file += block + Fixed32(Masked(Crc(block)));
  return handle;
}

// Metaindex, index and footer behind the data blocks.
inline void FinishTable(std::string* file, const Entries& index) {
  const std::string metaindex = AppendBlock(file, MakeBlock({}, 16));
  std::string footer = metaindex + AppendBlock(file, MakeBlock(index, 1));
  footer.resize(40);
  *file += footer + std::string("\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8);
}

// Entries in the order given, sorted or not.
inline std::string MakeTable(const Entries& entries, const Options& options = {}) {
  std::string file;
  Entries index, pending;
  std::size_t size = 0;
  const auto flush = [&] {
    if (pending.empty()) return;
    const std::string block = MakeBlock(pending, options.restart_interval);
    const std::string handle =
        options.snappy ? AppendBlock(&file, SnappyCompress(block), 1) : AppendBlock(&file, block);
    index.emplace_back(pending.back().first + '\0', handle);
    pending.clear();
    size = 0;
  };
  for (const auto& entry : entries) {
    pending.push_back(entry);
    size += entry.first.size() + entry.second.size() + 8;
    if (size >= options.block_size) flush();
  }
  flush();
  FinishTable(&file, index);
  return file;
}

// The fields of a BundleEntryProto, each as it shall be written.
struct Entry {
  gf::DataType dtype = gf::DataType::kFloat;
  std::string shape;
  std::int64_t shard = 0;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::uint32_t masked_crc = 0;
  std::vector<std::string> slices;

  std::string Serialize() const {
    std::string out;
    const auto number = [&](std::uint32_t field, std::int64_t value) {
      if (value != 0) gf::wire::PutVarintField(&out, field, static_cast<std::uint64_t>(value));
    };
    number(1, static_cast<std::int64_t>(dtype));
    gf::wire::PutBytesField(&out, 2, shape);
    number(3, shard);
    number(4, offset);
    number(5, size);
    if (masked_crc != 0) gf::wire::PutFixed32Field(&out, 6, masked_crc);
    for (const std::string& slice : slices) gf::wire::PutBytesField(&out, 7, slice);
    return out;
  }
};

inline std::string SliceProto(const gf::TensorSlice& slice) {
  std::string out;
  for (const gf::TensorSlice::Extent& extent : slice.extents()) {
    std::string body;
    if (extent.start != 0) gf::wire::PutVarintField(&body, 1, static_cast<std::uint64_t>(extent.start));
    if (extent.length != gf::TensorSlice::kWhole) {
      gf::wire::PutVarintField(&body, 2, static_cast<std::uint64_t>(extent.length));
    }
    gf::wire::PutBytesField(&out, 1, body);
  }
  return out;
}

// The elements of a part, one by one.
inline std::string Cut(std::string_view bytes, const gf::Shape& shape, const gf::Box& box, std::size_t element) {
  std::string out;
  gf::Shape::Dims at = box.start;
  if (box.NumElements() == 0) return out;
  while (true) {
    std::size_t index = 0;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      index = index * static_cast<std::size_t>(shape.dim(i)) + static_cast<std::size_t>(at[i]);
    }
    out += bytes.substr(index * element, element);
    std::size_t i = shape.rank();
    while (i > 0 && ++at[i - 1] == box.end(i - 1)) {
      --i;
      at[i] = box.start[i];
    }
    if (i == 0) return out;
  }
}

class Writer {
 public:
  explicit Writer(Options options = {}) : options_(options), data_(static_cast<std::size_t>(options.shards)) {}

  // Puts bytes into the next shard in turn; the entry says where they are.
  Entry Store(gf::DataType dtype, const gf::Shape& shape, std::string_view bytes, std::uint32_t crc) {
    const std::size_t shard = next_shard_++ % data_.size();
    std::string& file = data_[shard];
    while (file.size() % options_.alignment != 0) file.push_back('\0');
    Entry entry;
    entry.dtype = dtype;
    entry.shape = shape.Serialize();
    entry.shard = static_cast<std::int64_t>(shard);
    entry.offset = static_cast<std::int64_t>(file.size());
    entry.size = static_cast<std::int64_t>(bytes.size());
    entry.masked_crc = Masked(crc);
    file += bytes;
    return entry;
  }
  Entry Store(gf::DataType dtype, const gf::Shape& shape, std::string_view bytes) {
    return Store(dtype, shape, bytes, Crc(bytes));
  }

  void Add(const std::string& key, gf::DataType dtype, const gf::Shape& shape, std::string_view bytes) {
    Put(key, Store(dtype, shape, bytes));
  }
  void AddSliced(const std::string& key, gf::DataType dtype, const gf::Shape& shape, std::string_view bytes,
                 const std::vector<gf::TensorSlice>& slices) {
    Entry full;
    full.dtype = dtype;
    full.shape = shape.Serialize();
    for (const gf::TensorSlice& slice : slices) {
      const gf::Box box = *slice.In(shape);
      Put(slice.Key(key), Store(dtype, gf::Shape(box.size), Cut(bytes, shape, box, gf::ElementSize(dtype))));
      full.slices.push_back(SliceProto(slice));
    }
    Put(key, full);
  }
  void AddStrings(const std::string& key, const gf::Shape& shape, const std::vector<std::string>& strings) {
    std::string bytes, widened, all;
    for (const std::string& string : strings) {
      gf::wire::PutVarint(&bytes, string.size());
      widened += Fixed32(static_cast<std::uint32_t>(string.size()));
      all += string;
    }
    const std::string checksum = Fixed32(Masked(Crc(widened)));
    bytes += checksum + all;
    Put(key, Store(gf::DataType::kString, shape, bytes, Crc(widened + checksum + all)));
  }
  void Put(const std::string& key, const Entry& entry) { entries_[key] = entry.Serialize(); }
  void PutRaw(const std::string& key, std::string value) { entries_[key] = std::move(value); }
  void SetHeader(std::string header) { header_ = std::move(header); }
  std::string& data(std::size_t shard) { return data_[shard]; }

  std::string Index() const {
    std::string header = header_;
    if (header.empty()) {
      gf::wire::PutVarintField(&header, 1, data_.size());
      gf::wire::PutBytesField(&header, 3, std::string("\x08\x01", 2));
    }
    Entries all{{"", header}};
    all.insert(all.end(), entries_.begin(), entries_.end());
    return MakeTable(all, options_);
  }
  static std::string DataPath(const std::string& prefix, std::size_t shard, std::size_t shards) {
    char name[64];
    std::snprintf(name, sizeof name, ".data-%05zu-of-%05zu", shard, shards);
    return prefix + name;
  }
  void WriteTo(gf::MemoryFileSystem* files, const std::string& prefix) const {
    files->Put(prefix + ".index", Index());
    for (std::size_t i = 0; i < data_.size(); ++i) files->Put(DataPath(prefix, i, data_.size()), data_[i]);
  }
  gf::MemoryFileSystem Files(const std::string& prefix) const {
    gf::MemoryFileSystem files;
    WriteTo(&files, prefix);
    return files;
  }

 private:
  Options options_;
  std::vector<std::string> data_;
  std::map<std::string, std::string> entries_;
  std::string header_;
  std::size_t next_shard_ = 0;
};

}  // namespace bundle_writer
