// SPDX-License-Identifier: Apache-2.0
// Files in PEM and DER form, opened once: what was checked is what is read.
//
// Messages name the file. kIo: cannot be read; kInvalidInput: is not what it should be.
#pragma once

#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

Error invalidFile(const std::string& file, const std::string& what);

// A private one has to be readable by its owner alone.
Result<BioPtr> openFile(const std::string& file, bool is_private = false);
// At least one.
Result<std::vector<X509Ptr>> readCertificates(const std::string& file);
Result<KeyPtr> readPrivateKey(const std::string& file);
// Lists of revoked certificates, at least one.
Result<std::vector<CrlPtr>> readRevocations(const std::string& file);

}  // namespace sluice::tls
