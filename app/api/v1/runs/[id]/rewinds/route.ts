export { rewinds as GET } from "@/server/http/series";
