// The tile instructions of AMX in plain code, as Intel's manual says what they do (SDM, volume 2, TDPBF16PS).
#pragma once
#include <cstdint>
#include <cstring>

namespace amx_emulation {

struct Tiles {
  uint32_t lanes[8][16][16];
};
inline thread_local Tiles tiles;

inline void load(int tile, const void* from, int64_t rowBytes) {
  for (int row = 0; row < 16; row++)
    std::memcpy(tiles.lanes[tile][row], static_cast<const char*>(from) + row * rowBytes, 64);
}

inline void store(int tile, void* to, int64_t rowBytes) {
  for (int row = 0; row < 16; row++) std::memcpy(static_cast<char*>(to) + row * rowBytes, tiles.lanes[tile][row], 64);
}

inline float asFloat(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

inline void multiply(int sums, int a, int b) {
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) {
      float sum = asFloat(tiles.lanes[sums][i][j]);
      for (int pair = 0; pair < 16; pair++) {
        const uint32_t ofA = tiles.lanes[a][i][pair], ofB = tiles.lanes[b][pair][j];
        sum += asFloat(ofA << 16) * asFloat(ofB << 16);
        sum += asFloat(ofA & 0xFFFF0000) * asFloat(ofB & 0xFFFF0000);
      }
      std::memcpy(&tiles.lanes[sums][i][j], &sum, sizeof sum);
    }
}

// A program that multiplies before it says what shape the tiles have gets an exception from the processor, and NaN
// here.
inline void forget() { std::memset(&tiles, 0xFF, sizeof tiles); }

}  // namespace amx_emulation

#define _tile_loadconfig(shape) (static_cast<void>(shape), amx_emulation::forget())
#define _tile_release() amx_emulation::forget()
#define _tile_zero(tile) std::memset(amx_emulation::tiles.lanes[tile], 0, sizeof amx_emulation::tiles.lanes[tile])
#define _tile_loadd(tile, from, rowBytes) amx_emulation::load(tile, from, rowBytes)
#define _tile_stored(tile, to, rowBytes) amx_emulation::store(tile, to, rowBytes)
#define _tile_dpbf16ps(sums, a, b) amx_emulation::multiply(sums, a, b)
