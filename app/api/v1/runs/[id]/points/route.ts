export { ofRun as GET } from "@/server/http/export";
