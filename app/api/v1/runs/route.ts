export { create as POST, exportAll as GET } from "@/server/http/runs";
