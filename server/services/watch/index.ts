export { getWatch, setWatch, setWatchInput, watchedInput } from "./watch";
