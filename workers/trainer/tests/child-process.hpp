// Runs the real program, line by line, and can send it signals.
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/json.hpp"
#include "temporary-folder.hpp"

namespace testing {

class ChildProcess {
 public:
  ChildProcess(const std::vector<std::string>& arguments, const std::string& errorFile) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], 1);
      dup2(open(errorFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
      close(ends[0]);
      std::vector<char*> argv{const_cast<char*>(TRAINER_PROGRAM)};
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      execv(TRAINER_PROGRAM, argv.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  ~ChildProcess() {
    if (output_) wait();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The next line of standard output; false at its end.
  bool line(std::string& out) {
    out.clear();
    for (int c = fgetc(output_); c != EOF; c = fgetc(output_)) {
      if (c == '\n') return true;
      out += char(c);
    }
    return false;
  }

  void send(int signal) { kill(pid_, signal); }

  /// The most memory the process held, once it ended.
  double peakBytes() const { return peakBytes_; }

  /// Exit code, or minus the signal that killed it.
  int wait() {
    fclose(output_);
    output_ = nullptr;
    int status = 0;
    rusage used{};
    wait4(pid_, &status, 0, &used);
    peakBytes_ = 1024.0 * double(used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
  FILE* output_ = nullptr;
  double peakBytes_ = 0;
};

struct Outcome {
  int code = 0;
  double peakBytes = 0;
  std::vector<etalon::Json> events;
  std::string errors;
};

/// Runs to the end; when stopAfter counts down to zero events of `stopEvent`, sends `signal`.
inline Outcome runProgram(const std::vector<std::string>& arguments, const TemporaryFolder& folder,
                          const std::string& stopEvent = "", int stopAfter = 0, int signal = 0) {
  Outcome out;
  ChildProcess child(arguments, folder.file("stderr.txt"));
  std::string line;
  while (child.line(line)) {
    out.events.push_back(etalon::Json::parse(line));
    const etalon::Json* name = out.events.back().find("event");
    if (name && name->string() == stopEvent && --stopAfter == 0) child.send(signal);
  }
  out.code = child.wait();
  out.peakBytes = child.peakBytes();
  out.errors = TemporaryFolder::read(folder.file("stderr.txt"));
  return out;
}

}  // namespace testing
