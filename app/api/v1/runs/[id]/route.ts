export { get as GET, remove as DELETE, update as PATCH } from "@/server/http/runs";
