# The tests of the CUDA backend. The same sources are built twice: for the processor, where tests/cuda-emulation stands in
# for the CUDA runtime and every build runs them; and, where the backend is built, for the device.
set(CUDA_CASE_TABLES gemm kernels attention)

# cuda_tests(PREFIX, LIBRARY): a program for each case table, linked with the backend or its emulation.
function(cuda_tests prefix library)
  foreach(name IN LISTS CUDA_CASE_TABLES)
    add_executable(test-${prefix}-${name} test-${name}.cpp cuda-table.cpp)
    target_compile_definitions(test-${prefix}-${name} PRIVATE ETALON_TEST_CUDA)
    target_compile_options(test-${prefix}-${name} PRIVATE -O1)
    target_link_libraries(test-${prefix}-${name} PRIVATE trainer test-kernel-tables ${library})
    add_test(NAME ${prefix}-${name} COMMAND test-${prefix}-${name})
    set_tests_properties(${prefix}-${name} PROPERTIES TIMEOUT ${TEST_SECONDS} SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

list(TRANSFORM CUDA_SOURCES PREPEND ../ OUTPUT_VARIABLE EMULATED_SOURCES)
set_source_files_properties(${EMULATED_SOURCES} PROPERTIES LANGUAGE CXX)
add_library(cuda-emulated STATIC ${EMULATED_SOURCES} cuda-emulation.cpp)
target_include_directories(cuda-emulated PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ../src)
target_compile_definitions(cuda-emulated PUBLIC ETALON_CUDA_EMULATED)
target_compile_options(cuda-emulated PRIVATE -O2 -Wno-unknown-pragmas)
target_link_libraries(cuda-emulated PUBLIC trainer)
cuda_tests(cuda-emulated cuda-emulated)

# Between barriers the emulation runs threads in ascending order; the other order finds barriers that are missing.
foreach(name IN LISTS CUDA_CASE_TABLES)
  add_test(NAME cuda-emulated-descending-${name} COMMAND test-cuda-emulated-${name})
  set_tests_properties(cuda-emulated-descending-${name} PROPERTIES TIMEOUT ${TEST_SECONDS} ENVIRONMENT ETALON_EMULATION_DESCENDING=1)
endforeach()
