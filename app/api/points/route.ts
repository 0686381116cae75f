export { ofPage as GET } from "@/server/http/export";
