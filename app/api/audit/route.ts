export { audit as GET } from "@/server/http/pages";
