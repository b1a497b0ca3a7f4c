#include "tests/http/certificate_maker.hpp"

#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <stdlib.h>

namespace atrium::http::test {
namespace {

template <class T, void (*Free)(T*)>
struct freed {
  void operator()(T* t) const { Free(t); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY, EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed<X509, X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed<BIO, BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto n = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(n)};
}

}  // namespace

certificate make_certificate(long from_s, long until_s) {
  const key_ptr key(EVP_EC_gen("P-256"));
  const x509_ptr x(X509_new());
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), from_s);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), until_s);
  X509_set_pubkey(x.get(), key.get());
  auto* name = X509_get_subject_name(x.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(x.get(), name);
  if (X509_sign(x.get(), key.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");
  const bio_ptr chain(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(chain.get(), x.get());
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(chain.get()), text_of(secret.get())};
}

std::string with_passphrase(const certificate& c) {
  const bio_ptr in(BIO_new_mem_buf(c.key.data(), static_cast<int>(c.key.size())));
  const key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const bio_ptr out(BIO_new(BIO_s_mem()));
  char phrase[] = "secret";
  PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(),
                           reinterpret_cast<unsigned char*>(phrase), 6, nullptr, nullptr);
  return text_of(out.get());
}

file_box::file_box() {
  auto name = (std::filesystem::temp_directory_path() / "atrium-tls-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  dir_ = name;
}

file_box::~file_box() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::filesystem::path file_box::put(const std::string& name, const std::string& text) const {
  std::ofstream(dir_ / name) << text;
  return dir_ / name;
}

}  // namespace atrium::http::test
