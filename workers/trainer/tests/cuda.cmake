# The tests of the CUDA backend. The same sources are built twice: for the processor, where tests/cuda-emulation stands in
# for the CUDA runtime and every build runs them; and, where the backend is built, for the device.
set(CUDA_CASE_TABLES gemm kernels attention)
set(CUDA_TESTS ${CUDA_CASE_TABLES} cuda-operations cuda-cublas-lt cuda-engine)

# cuda_tests(PREFIX, LIBRARY): a program for each test, linked with the backend or its emulation.
function(cuda_tests prefix library)
  foreach(name IN LISTS CUDA_TESTS)
    string(REPLACE cuda- "" short ${name})
    add_executable(test-${prefix}-${short} test-${name}.cpp cuda-table.cpp)
    target_compile_definitions(test-${prefix}-${short} PRIVATE ETALON_TEST_CUDA
      MODEL_GOLDEN_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/golden" SOURCE_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/../src")
    target_compile_options(test-${prefix}-${short} PRIVATE -O1)
    target_link_libraries(test-${prefix}-${short} PRIVATE trainer test-kernel-tables ${library})
    add_test(NAME ${prefix}-${short} COMMAND test-${prefix}-${short})
    set_tests_properties(${prefix}-${short} PROPERTIES TIMEOUT ${TEST_SECONDS} SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

list(TRANSFORM CUDA_SOURCES PREPEND ../src/cuda/ OUTPUT_VARIABLE EMULATED_SOURCES)
set_source_files_properties(${EMULATED_SOURCES} PROPERTIES LANGUAGE CXX)
add_library(cuda-emulated STATIC ${EMULATED_SOURCES} cuda-emulation.cpp)
target_include_directories(cuda-emulated PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ../src)
target_compile_definitions(cuda-emulated PUBLIC ETALON_CUDA_EMULATED)
target_compile_options(cuda-emulated PRIVATE -O2 -Wno-unknown-pragmas)
target_link_libraries(cuda-emulated PUBLIC trainer ${CMAKE_DL_LIBS})
cuda_tests(cuda-emulated cuda-emulated)
add_library(fake-cublas-lt MODULE fake-cublas-lt.cpp)
target_compile_definitions(fake-cublas-lt PRIVATE ETALON_CUDA_EMULATED)
set_target_properties(test-cuda-emulated-cublas-lt PROPERTIES ENABLE_EXPORTS ON)  # the library queues its work there
target_compile_definitions(test-cuda-emulated-cublas-lt PRIVATE FAKE_CUBLAS_LT="$<TARGET_FILE:fake-cublas-lt>")
add_dependencies(test-cuda-emulated-cublas-lt fake-cublas-lt)

# Between barriers the emulation runs threads in ascending order; the other order finds barriers that are missing.
foreach(name IN LISTS CUDA_TESTS)
  string(REPLACE cuda- "" name ${name})
  add_test(NAME cuda-emulated-descending-${name} COMMAND test-cuda-emulated-${name})
  set_tests_properties(cuda-emulated-descending-${name} PROPERTIES TIMEOUT ${TEST_SECONDS} ENVIRONMENT ETALON_EMULATION_DESCENDING=1)
endforeach()

if(BUILD_CUDA)
  cuda_tests(cuda trainer-cuda)
endif()
if(BUILD_CUDA AND NOT ETALON_CUDA_ARCHITECTURES STREQUAL "native")
  list(TRANSFORM ETALON_CUDA_ARCHITECTURES REPLACE "[a-z]$" "" OUTPUT_VARIABLE CAPABILITIES)
  set(DEVICE_SOURCES ${CUDA_SOURCES})
  list(FILTER DEVICE_SOURCES INCLUDE REGEX "[.]cu$")
  list(LENGTH DEVICE_SOURCES CUDA_SOURCE_COUNT)
  add_executable(test-cuda-architectures test-cuda-architectures.cpp)
  target_compile_definitions(test-cuda-architectures PRIVATE CUDA_SOURCES=${CUDA_SOURCE_COUNT} SOURCE_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/../src")
  target_link_libraries(test-cuda-architectures PRIVATE trainer test-kernel-tables)
  add_test(NAME cuda-architectures COMMAND test-cuda-architectures $<TARGET_FILE:etalon-trainer> ${CAPABILITIES} compute_${ETALON_CUDA_PTX})
endif()
