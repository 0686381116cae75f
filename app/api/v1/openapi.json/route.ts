export { openapi as GET } from "@/server/http/openapi";
