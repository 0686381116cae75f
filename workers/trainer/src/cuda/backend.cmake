# The CUDA backend. ETALON_CUDA: `off`; `on` builds it, and fails where nvcc is missing; `auto` builds it where nvcc works
# and this machine has a GPU, so that other machines never wait for nvcc.
set(ETALON_CUDA "auto" CACHE STRING "Build the CUDA backend: auto, on or off")
set_property(CACHE ETALON_CUDA PROPERTY STRINGS auto on off)
# sm_80 also serves 8.6, sm_89 Ada, sm_90a Hopper; PTX of compute_90 serves what came later, compiled by the driver.
set(ETALON_CUDA_ARCHITECTURES "80;89;90a" CACHE STRING "Compute capabilities to compile for; native: this machine's GPU")
set(ETALON_CUDA_PTX "90" CACHE STRING "Compute capability of the PTX that later GPUs compile; empty: none")

set(CUDA_SOURCES runtime.cu rows.cu cross-entropy.cu gemm.cu attention.cu experts.cu update.cu arena.cpp passes.cpp
  cublas-lt.cpp multiplier.cpp device-engine.cpp)

if(NOT ETALON_CUDA MATCHES "^(auto|on|off)$")
  message(FATAL_ERROR "ETALON_CUDA is \"${ETALON_CUDA}\"; it must be auto, on or off")
endif()
set(BUILD_CUDA OFF)
if(ETALON_CUDA STREQUAL "on")
  set(BUILD_CUDA ON)
elseif(ETALON_CUDA STREQUAL "auto" AND (EXISTS /dev/nvidia0 OR EXISTS /dev/dxg))
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(BUILD_CUDA ON)
  endif()
endif()

if(BUILD_CUDA)
  set(CMAKE_CUDA_ARCHITECTURES OFF)  # given below, as CMake before 3.26 does not know 90a
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)  # the program starts on machines without CUDA
  enable_language(CUDA)
  if(ETALON_CUDA_ARCHITECTURES STREQUAL "native")
    set(CUDA_CODE -arch=native)
  else()
    set(CUDA_CODE "")
    foreach(arch IN LISTS ETALON_CUDA_ARCHITECTURES)
      list(APPEND CUDA_CODE "SHELL:-gencode arch=compute_${arch},code=sm_${arch}")
    endforeach()
    if(ETALON_CUDA_PTX)
      list(APPEND CUDA_CODE "SHELL:-gencode arch=compute_${ETALON_CUDA_PTX},code=compute_${ETALON_CUDA_PTX}")
    endif()
  endif()
  list(TRANSFORM CUDA_SOURCES PREPEND src/cuda/ OUTPUT_VARIABLE BACKEND_SOURCES)
  add_library(trainer-cuda STATIC ${BACKEND_SOURCES})
  target_compile_options(trainer-cuda PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${CUDA_CODE}>" "$<$<COMPILE_LANGUAGE:CUDA>:-O3>")
  set_target_properties(trainer-cuda PROPERTIES CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON)
  target_link_libraries(trainer-cuda PUBLIC trainer ${CMAKE_DL_LIBS})
  target_link_libraries(etalon-trainer PRIVATE trainer-cuda)
  target_compile_definitions(etalon-trainer PRIVATE ETALON_WITH_CUDA)
endif()
message(STATUS "CUDA backend: ${BUILD_CUDA}")
