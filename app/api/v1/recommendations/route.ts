export { list as GET } from "@/server/http/recommendations";
