// Chooses, for every shape of product, between the backend's own kernel and the algorithms of cuBLASLt.
#pragma once
#include <map>
#include <optional>

#include "cuda/cublas-lt.hpp"

namespace etalon::cuda {

/// Multiplies by whatever was fastest for the shape. A choice is made while tuning, or read from a file: the choices of
/// one kind of device and one version of the library are written to $ETALON_CUBLASLT_CACHE, else to etalon/cublaslt
/// below $XDG_CACHE_HOME or ~/.cache, so that later processes choose the same and give the same bits. Without the
/// library, and for products of groups or of several runs, the own kernel is used.
class Multiplier {
 public:
  /// `device` names the kind of device in the file. `stream` must outlive the object. `library` may be null.
  Multiplier(Stream& stream, std::string device, std::unique_ptr<CublasLt> library);

  /// Bytes of device memory that it takes beside the run's: the library's workspace, and rounded sides of the largest
  /// product, of `elements` elements each.
  static double bytes(double elements) { return double(kLtWorkspace) + 2.0 * 2.0 * elements; }

  bool hasLibrary() const { return library_ != nullptr; }

  /// Until tuning is ended, products of new shapes are timed first, on arrays of their own. An algorithm of the library
  /// whose result differs from the own kernel's is passed over. Not while the stream is recorded.
  void beginTuning() { tuning_ = true; }
  void endTuning() { tuning_ = false; }

  void multiply(const Launch& on, const Product& product);

  /// Shapes for which an algorithm of the library was chosen.
  int64_t libraryChoices() const;

 private:
  typedef std::optional<LtAlgorithm> Choice;  // none: the own kernel

  Choice tune(const Launch& on, const Product& product);
  LtProduct prepare(const Launch& on, const Product& product);
  void run(const Launch& on, const Product& product, const Choice& choice);
  std::vector<float> sample(const Product& product);
  void readFile();
  void appendToFile(const std::string& key, const Choice& choice) const;

  Stream& stream_;
  std::unique_ptr<CublasLt> library_;
  std::string prefix_, path_;
  std::map<std::string, Choice> choices_;
  bool tuning_ = false;
  DeviceMemory workspace_, rounded_[2];
  size_t roundedBytes_[2] = {0, 0};
  std::vector<DeviceMemory> retired_;
};

}  // namespace etalon::cuda
