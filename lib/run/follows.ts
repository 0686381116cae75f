/** The key of a config by which a run says which recommendation it follows, by its id. */
export const FOLLOWS = "etalon_recommendation";
