#include "cli.hpp"

int main(int argc, char** argv) { return etalon::runCommandLine({argv + 1, argv + argc}); }
