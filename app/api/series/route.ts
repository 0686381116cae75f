export { series as POST } from "@/server/http/pages";
