export { exportOfPage as GET } from "@/server/http/runs";
