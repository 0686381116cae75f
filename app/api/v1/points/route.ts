export { ofSelection as POST } from "@/server/http/export";
