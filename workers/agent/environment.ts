/**
 * What a worker and a trainer need of the environment: where programs, libraries and devices are. Ends in * : a prefix.
 */
const NEEDED = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM"],
  ...["TMPDIR", "TMP", "TEMP", "XDG_*"],
  ...["LD_LIBRARY_PATH", "LD_PRELOAD", "MALLOC_*", "OMP_*", "GOMP_*", "KMP_*", "MKL_*", "OPENBLAS_*", "NUMA_*"],
  ...["CUDA_*", "NVIDIA_*", "CUBLAS_*", "ROCR_*", "HIP_*", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_LOCALID"],
  ...["CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "CMAKE_*", "NVCC_*"],
  ...["NODE_ENV", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["ETALON_DATA_DIR", "ETALON_DEVICE", "ETALON_CUBLASLT", "ETALON_CUBLASLT_CACHE"],
];

/**
 * The environment of a child process: named variables only. Keys, passwords and addresses of databases have names that
 * nobody can list, so what is not known to be needed is not handed on.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const needed = (name: string) =>
    NEEDED.some((known) => (known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : name === known));
  return Object.fromEntries(Object.entries(env).filter(([name]) => needed(name))) as NodeJS.ProcessEnv;
}
