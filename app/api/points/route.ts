export { points as GET } from "@/server/http/pages";
