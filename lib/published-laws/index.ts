export { kindWords } from "./comparable";
export { type PublishedLaw, type PublishedPoint, type Quantity, quantities } from "./law";
export { publishedLaws } from "./laws";
export { leftOutLaws } from "./left-out";
export { type PublishedLine, publishedLine } from "./line";
export { placeIn, QUANTITY_WORDS, type Reading, readPublished } from "./read";
export { optimaBehind, type PublishedRegret, pointOf, publishedRegret } from "./regret";
