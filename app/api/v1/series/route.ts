export { series as POST } from "@/server/http/series";
