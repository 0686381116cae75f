export { runs as GET } from "@/server/http/pages";
