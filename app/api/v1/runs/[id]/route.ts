export { get as GET } from "@/server/http/runs";
