export { createChannel, createChannelInput } from "./create";
export { listChannels, listDeliveries } from "./list";
export { removeChannel } from "./remove";
export { testChannel } from "./test-channel";
export { updateChannel, updateChannelInput } from "./update";
