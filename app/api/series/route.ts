export { seriesOfPage as POST } from "@/server/http/series";
