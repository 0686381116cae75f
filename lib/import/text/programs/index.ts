import type { Grammar } from "../grammar";
import { buildNanogpt, buildNanogptLog } from "./build-nanogpt";
import { composer } from "./composer";
import { deepspeed } from "./deepspeed";
import { fairseq } from "./fairseq";
import { generic } from "./generic";
import { gpt2Tf } from "./gpt2-tf";
import { hfTrainer } from "./hf-trainer";
import { internevo } from "./internevo";
import { litgpt } from "./litgpt";
import { llmcConsole, llmcMain } from "./llm-c";
import { lmEngine } from "./lm-engine";
import { maxtext } from "./maxtext";
import { gptNeox, megatron, nanotron } from "./megatron";
import { mlperf } from "./mlperf";
import { mmengine } from "./mmengine";
import { moddedNanogpt } from "./modded-nanogpt";
import { nanochat } from "./nanochat";
import { nanogpt } from "./nanogpt";
import { olmo } from "./olmo";
import { progressBar } from "./progress-bar";
import { torchtitan } from "./torchtitan";
import { torchtune } from "./torchtune";

/** Every program whose logs are read; of those that know equally many lines of a log the earlier one reads it. */
export const programs: readonly Grammar[] = [
  nanogpt,
  moddedNanogpt,
  llmcMain,
  llmcConsole,
  megatron,
  gptNeox,
  nanotron,
  torchtitan,
  olmo,
  litgpt,
  fairseq,
  maxtext,
  internevo,
  mlperf,
  lmEngine,
  hfTrainer,
  deepspeed,
  nanochat,
  buildNanogpt,
  buildNanogptLog,
  composer,
  torchtune,
  gpt2Tf,
  mmengine,
  progressBar,
  generic,
];
