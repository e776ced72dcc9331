// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace sluice {
namespace {

Error failure(const std::string& path, const char* what) {
  const int reason = errno;
  return {reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          path + ": " + what + ": " + std::strerror(reason)};
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<std::string> readTextFile(const std::string& path) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) return failure(path, "cannot open");
  std::string text;
  char buffer[65536];
  size_t got = 0;
  while ((got = std::fread(buffer, 1, sizeof buffer, file.get())) != 0) text.append(buffer, got);
  if (std::ferror(file.get()) != 0) return failure(path, "cannot read");
  return text;
}

Result<void> writeTextFile(const std::string& path, std::string_view text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return failure(path, "cannot create");
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) == 0 && written) return {};
  return failure(path, "cannot write");
}

}  // namespace sluice
