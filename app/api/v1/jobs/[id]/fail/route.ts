export { fail as POST } from "@/server/http/work";
