#include "cli.hpp"

#include <charconv>
#include <cstdio>
#include <new>

#include "tools/bench.hpp"
#include "model/checkpoint.hpp"
#include "tools/coord-check.hpp"
#include "tools/data-inspect.hpp"
#include "tools/data-prepare.hpp"
#include "run/events.hpp"
#include "kernels/select.hpp"
#include "base/memory.hpp"
#include "data/token-file.hpp"
#include "run/train.hpp"

namespace etalon {
namespace {

constexpr const char* kUsage =
    "usage:\n"
    "  etalon-trainer train --config run.json [--resume CKPT] [--checkpoint PATH]\n"
    "                       [--checkpoint-every-seconds S] [--threads N] [--device cpu|cuda|auto] [--isa NAME]\n"
    "  etalon-trainer check --config run.json [--device cpu|cuda|auto]\n"
    "  etalon-trainer bench --config run.json [--seconds S] [--threads N] [--device cpu|cuda|auto]\n"
    "                       [--isa NAME]\n"
    "  etalon-trainer coord-check --config run.json [--widths 32,64,128,256] [--steps N] [--seeds N]\n"
    "                             [--isa NAME]\n"
    "  etalon-trainer data prepare --out DIR [--val-fraction F] [--bpe VOCAB] FILE|DIR ...\n"
    "  etalon-trainer data inspect [--format NAME] FILE ...\n"
    "  etalon-trainer data decode --merges merges.bpe FILE\n";

struct Arguments {
  std::map<std::string, std::string> options;
  std::vector<std::string> rest;

  std::string text(const std::string& name, const std::string& fallback = "") const {
    const auto found = options.find(name);
    return found == options.end() ? fallback : found->second;
  }

  std::string required(const std::string& name) const {
    if (!options.count(name)) throw ConfigError(name, "is missing");
    return options.at(name);
  }

  double number(const std::string& name, double fallback, double least, double most) const {
    if (!options.count(name)) return fallback;
    const std::string& value = options.at(name);
    double number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || stop != value.data() + value.size())
      throw ConfigError(name, value + " is not a number");
    if (!(number >= least && number <= most))
      throw ConfigError(name, value + " is not between " + Json(least).dump() + " and " + Json(most).dump());
    return number;
  }

  int threads() const {
    const double value = number("--threads", 1, 1, 1024);
    if (value != double(int(value))) throw ConfigError("--threads", text("--threads") + " is not a whole number");
    return int(value);
  }
};

Arguments parseArguments(const std::vector<std::string>& words, size_t first, const std::vector<std::string>& allowed,
                         bool takesFiles) {
  Arguments out;
  for (size_t i = first; i < words.size(); i++) {
    if (words[i].rfind("--", 0) != 0) {
      if (!takesFiles) throw ConfigError(words[i], "is an unexpected argument");
      out.rest.push_back(words[i]);
      continue;
    }
    bool known = false;
    for (const std::string& name : allowed) known = known || name == words[i];
    if (!known) throw ConfigError(words[i], "is an unknown option");
    if (i + 1 == words.size()) throw ConfigError(words[i], "needs a value");
    out.options[words[i]] = words[i + 1];
    i++;
  }
  return out;
}

const Kernels& chooseKernels(const Arguments& args) {
  try {
    return selectKernels(args.text("--isa"));
  } catch (const std::invalid_argument& error) {
    throw ConfigError("--isa", error.what());
  }
}

// Where a run goes. Kernels are null on a CUDA device.
struct Place {
  std::unique_ptr<Backend> backend;
  const Kernels* kernels;
};

Place choosePlace(const Arguments& args, CudaBackend cuda) {
  const std::string device = args.text("--device", "cpu");
  if (device != "cpu" && device != "cuda" && device != "auto")
    throw ConfigError("--device", device + " is none of cpu, cuda, auto");
  if (device != "cpu") try {
      if (!cuda) throw std::runtime_error("this build has no CUDA backend");
      return {cuda(), nullptr};
    } catch (const std::runtime_error& error) {
      if (device == "cuda") throw ConfigError("--device", std::string("cuda is not available: ") + error.what());
    }
  const Kernels& kernels = chooseKernels(args);
  return {processorBackend(kernels, args.threads()), &kernels};
}

int runTrain(const std::vector<std::string>& words, CudaBackend cuda) {
  const Arguments args = parseArguments(
      words, 1,
      {"--config", "--resume", "--checkpoint", "--checkpoint-every-seconds", "--threads", "--device", "--isa"}, false);
  const std::string path = args.required("--config");
  TrainOptions options;
  options.resume = args.text("--resume");
  options.checkpoint = args.text("--checkpoint", path + ".ckpt");
  options.checkpointEverySeconds = args.number("--checkpoint-every-seconds", 0, 0, 1e9);
  const Place place = choosePlace(args, cuda);
  return train(loadConfig(path), *place.backend, options);
}

int runCheck(const std::vector<std::string>& words, CudaBackend cuda) {
  const Arguments args = parseArguments(words, 1, {"--config", "--threads", "--device", "--isa"}, false);
  const Place place = choosePlace(args, cuda);
  const RunConfig config = loadConfig(args.required("--config"));
  std::printf("%s\n", startFields(config, makeParameterTable(config), place.backend->machine()).dump().c_str());
  return 0;
}

int runBench(const std::vector<std::string>& words, CudaBackend cuda) {
  const Arguments args = parseArguments(words, 1, {"--config", "--seconds", "--threads", "--device", "--isa"}, false);
  const Place place = choosePlace(args, cuda);
  bench(loadConfig(args.required("--config")), *place.backend, place.kernels, args.number("--seconds", 2, 0.01, 3600));
  return 0;
}

std::vector<int64_t> parseWidths(const std::string& text) {
  std::vector<int64_t> widths;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at < end || widths.empty(); at++) {
    int64_t width = 0;
    const auto [stop, error] = std::from_chars(at, end, width);
    if (error != std::errc() || (stop != end && *stop != ','))
      throw ConfigError("--widths", text + " is not a list of whole numbers");
    widths.push_back(width);
    at = stop;
  }
  return widths;
}

int runCoordinateCheck(const std::vector<std::string>& words) {
  const Arguments args = parseArguments(words, 1, {"--config", "--widths", "--steps", "--seeds", "--isa"}, false);
  const RunConfig config = loadConfig(args.required("--config"));
  const Kernels& kernels = chooseKernels(args);
  CoordinateCheck check;
  if (args.options.count("--widths")) check.widths = parseWidths(args.text("--widths"));
  check.steps = int64_t(args.number("--steps", double(check.steps), 1, 1e6));
  check.seeds = int64_t(args.number("--seeds", double(check.seeds), 1, 1e3));
  coordinateCheck(config, kernels, check, stdout);
  return 0;
}

int runInspect(const std::vector<std::string>& words) {
  const Arguments args = parseArguments(words, 2, {"--format"}, true);
  if (args.rest.empty()) throw ConfigError("data inspect", "needs a file");
  std::optional<DataFormat> format;
  if (args.options.count("--format")) format = dataFormatNamed(args.text("--format"), "--format");
  for (const std::string& path : args.rest) std::printf("%s\n", inspectData(path, format).dump().c_str());
  return 0;
}

int runDecode(const std::vector<std::string>& words) {
  const Arguments args = parseArguments(words, 2, {"--merges"}, true);
  if (args.rest.size() != 1) throw ConfigError("data decode", "needs one file");
  const std::string text = decodeShard(args.rest[0], args.required("--merges"));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

int runData(const std::vector<std::string>& words) {
  if (words.size() > 1 && words[1] == "inspect") return runInspect(words);
  if (words.size() > 1 && words[1] == "decode") return runDecode(words);
  if (words.size() < 2 || words[1] != "prepare")
    throw ConfigError("data", "needs the command prepare, inspect or decode");
  const Arguments args = parseArguments(words, 2, {"--out", "--val-fraction", "--bpe"}, true);
  const double fraction = args.number("--val-fraction", 0.045, 0.0, 1.0);
  const auto vocab = int64_t(args.number("--bpe", 0, 257, 65536));
  std::printf("%s\n", prepareData(args.required("--out"), args.rest, fraction, vocab).dump().c_str());
  return 0;
}

int dispatch(const std::vector<std::string>& words, CudaBackend cuda) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "train") return runTrain(words, cuda);
  if (command == "check") return runCheck(words, cuda);
  if (command == "bench") return runBench(words, cuda);
  if (command == "coord-check") return runCoordinateCheck(words);
  if (command == "data") return runData(words);
  if (command == "--version") return std::printf("%s\n", ETALON_TRAINER_VERSION), 0;
  if (command == "--help") return std::fputs(kUsage, stdout), 0;
  std::fputs(kUsage, stderr);
  return kExitConfig;
}

int fail(int code, const char* kind, const char* message) {
  std::fprintf(stderr, "%s: %s\n", kind, message);
  return code;
}

}  // namespace

int runCommandLine(const std::vector<std::string>& arguments, CudaBackend cuda) {
  try {
    return dispatch(arguments, cuda);
  } catch (const ConfigError& error) {
    return fail(kExitConfig, "config error", error.what());
  } catch (const DataError& error) {
    return fail(kExitData, "data error", error.what());
  } catch (const CheckpointError& error) {
    return fail(kExitData, "data error", error.what());
  } catch (const MemoryError& error) {
    return fail(kExitMemory, "out of memory", error.what());
  } catch (const std::bad_alloc&) {
    return fail(kExitMemory, "out of memory", "the run does not fit");
  } catch (const std::exception& error) {
    return fail(1, "error", error.what());
  }
}

}  // namespace etalon
