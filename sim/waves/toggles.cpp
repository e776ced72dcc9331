// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/toggles.h"

#include <gtkwave/fstapi.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

// Handle and width of the parts of a signal, most significant first.
using Members = std::vector<std::pair<fstHandle, uint32_t>>;

// Changes of one signal, most significant bit first, as the values come.
struct Signal {
  std::string value;
  std::vector<uint64_t> changes;
};

class Toggles {
 public:
  Toggles(void* reader, std::ostream& out)
      : reader_(reader), out_(out), signals_(fstReaderGetMaxHandle(reader) + 1) {}

  void count() {
    fstReaderSetFacProcessMaskAll(reader_);
    fstReaderIterBlocks2(reader_, &Toggles::onFixed, &Toggles::onVariable, this, nullptr);
  }

  void print() {
    fstReaderIterateHierRewind(reader_);
    while (const fstHier* const entry = fstReaderIterateHier(reader_)) {
      if (entry->htyp == FST_HT_SCOPE) {
        scopes_.push_back(
            {path() + entry->u.scope.name + ".", entry->u.scope.typ == FST_ST_VCD_STRUCT, {}});
      } else if (entry->htyp == FST_HT_UPSCOPE) {
        leave();
      } else if (entry->htyp == FST_HT_VAR) {
        add(entry->u.var.name, {entry->u.var.handle, entry->u.var.length});
      }
    }
  }

 private:
  struct Scope {
    std::string path;
    bool is_struct;
    Members members;  // of a struct
  };

  static void onFixed(void* self, uint64_t, fstHandle handle, const unsigned char* value) {
    const auto* const text = reinterpret_cast<const char*>(value);
    static_cast<Toggles*>(self)->change(handle, text);
  }

  static void onVariable(void*, uint64_t, fstHandle, const unsigned char*, uint32_t) {}

  void change(fstHandle handle, std::string value) {
    Signal& signal = signals_.at(handle);
    if (signal.value.size() == value.size()) {
      signal.changes.resize(value.size());
      for (size_t i = 0; i < value.size(); ++i) {
        signal.changes[i] += signal.value[i] != value[i] ? 1 : 0;
      }
    }
    signal.value = std::move(value);
  }

  [[nodiscard]] std::string path() const { return scopes_.empty() ? "" : scopes_.back().path; }

  // Names of vectors come with their range behind a space.
  void add(const std::string& name, Members::value_type signal) {
    if (!scopes_.empty() && scopes_.back().is_struct) {
      scopes_.back().members.push_back(signal);
    } else {
      print(path() + name.substr(0, name.find(' ')), Members{signal});
    }
  }

  void leave() {
    const Scope left = std::move(scopes_.back());
    scopes_.pop_back();
    if (!left.is_struct) return;
    if (!scopes_.empty() && scopes_.back().is_struct) {
      auto& outer = scopes_.back().members;
      outer.insert(outer.end(), left.members.begin(), left.members.end());
    } else {
      print(left.path.substr(0, left.path.size() - 1), left.members);
    }
  }

  void print(const std::string& name, const Members& members) const {
    std::vector<uint64_t> bits;
    uint64_t total = 0;
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
      std::vector<uint64_t> changes = signals_.at(member->first).changes;
      changes.resize(member->second);
      bits.insert(bits.end(), changes.rbegin(), changes.rend());
    }
    for (const uint64_t n : bits) total += n;
    out_ << name << ' ' << bits.size();
    if (total != 0) {
      for (const uint64_t n : bits) out_ << ' ' << n;
    }
    out_ << '\n';
  }

  void* reader_;
  std::ostream& out_;
  std::vector<Signal> signals_;
  std::vector<Scope> scopes_;
};

}  // namespace

bool writeToggles(const std::string& path, std::ostream& out) {
  void* const reader = fstReaderOpen(path.c_str());
  if (reader == nullptr) return false;
  Toggles toggles(reader, out);
  toggles.count();
  toggles.print();
  fstReaderClose(reader);
  return true;
}

}  // namespace sluice
