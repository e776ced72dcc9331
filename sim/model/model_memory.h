// SPDX-License-Identifier: Apache-2.0
// Memory for tables of many megabytes that are reached in random order.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>

namespace sluice::model {

// `size` rows, all bits 0 at first. Aligned to pages; in huge pages where the system has them, so
// that an access costs one miss and not two. A page takes memory when it is first written.
template <class Row>
class LargeTable {
  static_assert(std::is_trivially_copyable_v<Row> && std::is_trivially_destructible_v<Row>);

 public:
  explicit LargeTable(size_t size) : bytes_(size * sizeof(Row)) {
    void* const at =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    madvise(at, bytes_, MADV_HUGEPAGE);  // only a hint: nothing depends on it
    rows_ = static_cast<Row*>(at);
  }
  ~LargeTable() { munmap(rows_, bytes_); }
  LargeTable(const LargeTable&) = delete;
  LargeTable& operator=(const LargeTable&) = delete;

  // All bits 0 again; gives the memory back.
  void clear() { madvise(rows_, bytes_, MADV_DONTNEED); }

  Row* data() { return rows_; }
  Row& operator[](size_t at) { return rows_[at]; }
  const Row& operator[](size_t at) const { return rows_[at]; }

 private:
  size_t bytes_;
  Row* rows_;
};

}  // namespace sluice::model
