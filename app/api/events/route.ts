export { events as GET } from "@/server/http/events";
